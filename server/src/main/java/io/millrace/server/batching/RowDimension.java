package io.millrace.server.batching;

import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whether a model takes and gives rows, so that those of several requests may run together. Pure.
 */
final class RowDimension {
  private RowDimension() {}

  /**
   * Whether the first dimension of every input and output is open, and no two of them have names
   * that say that they are different.
   */
  static boolean isSharedBy(Signature signature) {
    if (signature.inputs().isEmpty() || signature.outputs().isEmpty()) {
      return false;
    }
    return specs(signature).allMatch(RowDimension::isOpen) && names(signature).size() <= 1;
  }

  private static boolean isOpen(TensorSpec spec) {
    return spec.shape().rank() > 0 && spec.shape().size(0) == Shape.ANY;
  }

  private static Set<String> names(Signature signature) {
    return specs(signature)
        .map(spec -> spec.dimensionNames().get(0))
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toSet());
  }

  private static Stream<TensorSpec> specs(Signature signature) {
    return Stream.concat(signature.inputs().stream(), signature.outputs().stream());
  }
}
