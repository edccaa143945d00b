package io.millrace.server.rest;

import io.millrace.server.model.Shape;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The shape of values that come without one, from the shape that the model takes. Pure.
 *
 * <p>One open size is as large as the values make it. Of two the first, if it is that of the batch,
 * is one row. More leave open how the values lie, unless there is just one.
 */
final class ImpliedShape {
  private ImpliedShape() {}

  /** Nothing if the shape has no place for so many values, or several. */
  static Optional<Shape> of(Shape taken, long elements) {
    if (taken.isConcrete()) {
      return Optional.of(taken).filter(it -> it.elements().equals(OptionalLong.of(elements)));
    }
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
    if (left != 1 && isAmbiguous(taken)) {
      return Optional.empty();
    }
    for (int i = sizes.length - 1; i >= 0; i--) {
      if (sizes[i] == Shape.ANY) {
        sizes[i] = left;
        left = 1;
      }
    }
    return Optional.of(Shape.of(sizes));
  }

  /** Whether a number of values does not tell how they lie. */
  static boolean isAmbiguous(Shape taken) {
    int open = 0;
    for (int i = 1; i < taken.rank(); i++) {
      open += taken.size(i) == Shape.ANY ? 1 : 0;
    }
    return open > 1;
  }
}
