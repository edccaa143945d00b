package io.millrace.server.rest;

import io.millrace.server.model.Shape;
import java.util.Optional;

/** The shape of values that come without one, from the shape that the model takes. Pure. */
final class ImpliedShape {
  private ImpliedShape() {}

  /**
   * As Triton has it: the innermost open size takes what the fixed ones leave, other open sizes are
   * 1. Nothing if the shape has no place for so many values.
   */
  static Optional<Shape> of(Shape taken, long elements) {
    long[] sizes = taken.toArray();
    long left = elements;
    for (long size : sizes) {
      if (size != Shape.ANY) {
        if (size == 0 || left % size != 0) {
          return Optional.empty();
        }
        left /= size;
      }
    }
    for (int i = sizes.length - 1; i >= 0; i--) {
      if (sizes[i] == Shape.ANY) {
        sizes[i] = left;
        left = 1;
      }
    }
    return left == 1 ? Optional.of(Shape.of(sizes)) : Optional.empty();
  }
}
