package io.millrace.server.engine.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtException.OrtErrorCode;
import ai.onnxruntime.OrtSession;
import io.millrace.server.engine.Engine;
import io.millrace.server.engine.EngineText;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.VersionArtifact;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs ONNX files. Deep Java Library starts ONNX Runtime; the models run as sessions of our own on
 * its environment, which spares half of the cost of a small call. Thread-safe.
 */
public final class OnnxEngine implements Engine {
  /** What ONNX Runtime says of bytes that it will never take. */
  private static final Set<OrtErrorCode> LASTING =
      EnumSet.of(
          OrtErrorCode.ORT_INVALID_ARGUMENT,
          OrtErrorCode.ORT_INVALID_GRAPH,
          OrtErrorCode.ORT_INVALID_PROTOBUF,
          OrtErrorCode.ORT_NO_MODEL,
          OrtErrorCode.ORT_NOT_IMPLEMENTED);

  private final Path cacheDirectory;

  // @GuardedBy("this")
  private @Nullable SessionFactory started;

  /**
   * @param cacheDirectory where native libraries are unpacked at the first load
   */
  public OnnxEngine(Path cacheDirectory) {
    this.cacheDirectory = cacheDirectory;
  }

  @Override
  public ModelFormat format() {
    return ModelFormat.ONNX;
  }

  @Override
  public LoadedModel load(VersionArtifact artifact) {
    SessionFactory sessions = start();
    try {
      OrtSession session =
          sessions.open(artifact.modelFile(), artifact.config().instances().threads());
      try {
        Signature file = OnnxSignature.of(session);
        Signature signature = DeclaredSignature.narrow(file, artifact.config());
        return new OnnxModel(
            session, signature, signature.equals(file), new TensorConverter(sessions, signature));
      } catch (OrtException | RuntimeException e) {
        session.close();
        throw e;
      }
    } catch (ServingException e) {
      throw e;
    } catch (OrtException | RuntimeException e) {
      ServingException refused =
          ServingException.failure(
              Reason.MODEL_LOAD_FAILED,
              "ONNX Runtime refused model.onnx, which must be a whole ONNX file: "
                  + EngineText.of(e),
              e);
      throw e instanceof OrtException told && LASTING.contains(told.getCode())
          ? refused.lasting()
          : refused;
    }
  }

  private synchronized SessionFactory start() {
    if (started == null) {
      try {
        OnnxNatives.prepare(cacheDirectory);
        // DJL must make the environment: it fails if there is one already.
        ai.djl.engine.Engine.getEngine("OnnxRuntime");
        OnnxNatives.removeTemporaryDirectory();
        started = new SessionFactory(OrtEnvironment.getEnvironment());
      } catch (IOException | RuntimeException | LinkageError | AssertionError e) {
        throw ServingException.failure(
            Reason.MODEL_LOAD_FAILED, "ONNX Runtime did not start: " + EngineText.of(e), e);
      }
    }
    return started;
  }
}
