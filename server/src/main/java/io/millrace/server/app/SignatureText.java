package io.millrace.server.app;

import io.millrace.server.model.Quote;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A signature in a line: {@code features FP32 [-1, 4] -> label INT64 [-1]}. */
final class SignatureText {
  private static final Pattern PLAIN = Pattern.compile("[\\w./:-]{1,64}");

  private SignatureText() {}

  static String of(Signature signature) {
    return specs(signature.inputs()) + " -> " + specs(signature.outputs());
  }

  /** Whoever made the model chose the name; what a terminal would obey is shown quoted. */
  private static String name(TensorSpec spec) {
    return PLAIN.matcher(spec.name()).matches() ? spec.name() : Quote.of(spec.name());
  }

  private static String specs(List<TensorSpec> specs) {
    return specs.stream()
        .map(spec -> "%s %s %s".formatted(name(spec), spec.dtype(), spec.shape()))
        .collect(Collectors.joining(", "));
  }
}
