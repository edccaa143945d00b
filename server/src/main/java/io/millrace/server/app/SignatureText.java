package io.millrace.server.app;

import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.stream.Collectors;

/** A signature in a line: {@code features FP32 [-1, 4] -> label INT64 [-1]}. */
final class SignatureText {
  private SignatureText() {}

  static String of(Signature signature) {
    return specs(signature.inputs()) + " -> " + specs(signature.outputs());
  }

  private static String specs(List<TensorSpec> specs) {
    return specs.stream()
        .map(spec -> "%s %s %s".formatted(spec.name(), spec.dtype(), spec.shape()))
        .collect(Collectors.joining(", "));
  }
}
