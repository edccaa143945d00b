package io.millrace.server.engine.onnx;

import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/** Holds a model file's signature against what the model's config declares. */
final class DeclaredSignature {
  private DeclaredSignature() {}

  /**
   * The file's signature, narrowed by the sizes that the config declares.
   *
   * @throws ServingException with MODEL_LOAD_FAILED if the config declares other names or types
   *     than the file has, or shapes that do not fit the file's
   */
  static Signature narrow(Signature file, ModelConfig config) {
    return new Signature(
        narrow("input", file.inputs(), config.inputs()),
        narrow("output", file.outputs(), config.outputs()));
  }

  private static List<TensorSpec> narrow(
      String kind, List<TensorSpec> file, List<TensorSpec> declared) {
    if (declared.isEmpty()) {
      return file;
    }
    if (declared.size() != file.size()) {
      throw disagreement(kind + "s", declared, file);
    }
    List<TensorSpec> narrowed = new ArrayList<>();
    for (TensorSpec spec : file) {
      TensorSpec match =
          declared.stream()
              .filter(candidate -> candidate.name().equals(spec.name()))
              .findFirst()
              .orElseThrow(() -> disagreement(kind + "s", declared, file));
      narrowed.add(narrow(kind, spec, match));
    }
    return narrowed;
  }

  private static TensorSpec narrow(String kind, TensorSpec file, TensorSpec declared) {
    // The engine also shows a shape that the file leaves out as that of a scalar.
    boolean isShapeLeftOut = file.shape().rank() == 0;
    boolean isShapeRight = isShapeLeftOut || file.shape().accepts(declared.shape());
    if (file.dtype() != declared.dtype() || !isShapeRight) {
      throw disagreement(kind, declared, file);
    }
    return new TensorSpec(
        file.name(),
        file.dtype(),
        declared.shape(),
        isShapeLeftOut ? declared.dimensionNames() : file.dimensionNames());
  }

  private static ServingException disagreement(String kind, Object declared, Object file) {
    return ServingException.refusal(
        Reason.MODEL_LOAD_FAILED,
        "the config declares the %s %s, but the model file has %s".formatted(kind, declared, file));
  }
}
