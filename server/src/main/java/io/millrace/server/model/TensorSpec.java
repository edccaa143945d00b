package io.millrace.server.model;

import java.util.Collections;
import java.util.List;

/**
 * What a model takes or gives under one name.
 *
 * @param dimensionNames one name for each dimension, "" where it has none; equal names mean equal
 *     sizes
 */
public record TensorSpec(String name, DataType dtype, Shape shape, List<String> dimensionNames) {
  public TensorSpec {
    dimensionNames = List.copyOf(dimensionNames);
    if (dimensionNames.size() != shape.rank()) {
      throw new IllegalArgumentException(
          "%s has %d dimensions but %d names for them"
              .formatted(Quote.of(name), shape.rank(), dimensionNames.size()));
    }
  }

  /** A spec whose dimensions have no names. */
  public static TensorSpec of(String name, DataType dtype, long... shape) {
    return new TensorSpec(name, dtype, Shape.of(shape), Collections.nCopies(shape.length, ""));
  }

  @Override
  public String toString() {
    return "%s %s %s".formatted(Quote.of(name), dtype, shape);
  }
}
