package io.millrace.server.engine.djl;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import io.millrace.server.engine.Engine;
import io.millrace.server.engine.EngineText;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionArtifact;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs TorchScript files through Deep Java Library. Nothing beside the model file is read, and no
 * translator is looked for. Thread-safe.
 */
public final class TorchScriptEngine implements Engine {
  private static final Logger log = LoggerFactory.getLogger(TorchScriptEngine.class);

  private static final String UNDECLARED =
      "a TorchScript file does not tell its inputs and outputs; declare them in config.yaml, such as"
          + " inputs: [{name: x, dtype: FP32, shape: [-1, 8]}] and, on a line of its own,"
          + " outputs: [{name: y, dtype: FP32, shape: [-1, 2]}]";

  @Override
  public ModelFormat format() {
    return ModelFormat.TORCHSCRIPT;
  }

  /**
   * Reads a version into memory. Its signature is what the config declares: inputs in the order of
   * {@code forward}'s arguments, outputs in the order of its result.
   */
  @Override
  public LoadedModel load(VersionArtifact artifact) {
    requireOneThread(artifact.config().instances().threads());
    Signature signature = declared(artifact.config());
    PyTorch.start();
    log.info("{} is TorchScript: code that runs with all rights of this server", artifact.id());
    Model model = Model.newInstance(artifact.id().toString(), Device.cpu(), PyTorch.ENGINE);
    try {
      model.load(artifact.modelFile());
      // A file may have been saved in training mode, and DJL takes every file to be so.
      JniUtils.enableInferenceMode((PtSymbolBlock) model.getBlock());
      return new TorchScriptModel(model, signature);
    } catch (IOException | MalformedModelException | RuntimeException e) {
      model.close();
      throw ServingException.failure(
          Reason.MODEL_LOAD_FAILED,
          "PyTorch refused model.pt, which must be a whole file as torch.jit.save writes it: "
              + EngineText.of(e),
          e);
    }
  }

  private static void requireOneThread(int threads) {
    if (threads > 1) {
      throw ServingException.refusal(
          Reason.MODEL_LOAD_FAILED,
          "instances.threads is %d, but TorchScript runs on one thread for each instance, as threads of OpenMP hold each other up; remove it and raise instances.count, or export the model to ONNX"
              .formatted(threads));
    }
  }

  private static Signature declared(ModelConfig config) {
    if (config.inputs().isEmpty() || config.outputs().isEmpty()) {
      throw ServingException.refusal(Reason.MODEL_LOAD_FAILED, UNDECLARED);
    }
    requireSupported("input", config.inputs());
    requireSupported("output", config.outputs());
    return new Signature(config.inputs(), config.outputs());
  }

  private static void requireSupported(String kind, List<TensorSpec> specs) {
    for (TensorSpec spec : specs) {
      if (TorchTypes.ofDjl(spec.dtype()).isEmpty()) {
        throw ServingException.refusal(
            Reason.MODEL_LOAD_FAILED,
            "the config declares the %s %s, but TorchScript models are served with the types %s only"
                .formatted(kind, spec, TorchTypes.supported()));
      }
    }
  }
}
