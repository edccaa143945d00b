package io.millrace.server.model;

import java.util.Arrays;
import java.util.OptionalLong;

/**
 * The sizes of a tensor's dimensions in row-major order; rank 0 is a scalar.
 *
 * <p>In a {@link TensorSpec} a size of {@link #ANY} stands for any; a {@link Tensor} has only sizes
 * of 0 or more. Immutable.
 */
public final class Shape {
  /** A dimension whose size the model leaves open. */
  public static final long ANY = -1;

  /**
   * More dimensions than this are refused: no engine computes on them, and hostile requests claim
   * them.
   */
  public static final int MAX_RANK = 16;

  /** Stands for a number of elements that is not known, or more than a long holds. */
  private static final long UNCOUNTED = -1;

  private final long[] sizes;
  private final long elements;

  private Shape(long[] sizes) {
    if (sizes.length > MAX_RANK) {
      throw new IllegalArgumentException(
          "a shape has at most " + MAX_RANK + " dimensions, got " + sizes.length);
    }
    for (long size : sizes) {
      if (size < ANY) {
        throw new IllegalArgumentException("a size is -1 (any) or more, got " + size);
      }
    }
    this.sizes = sizes;
    this.elements = product(sizes);
  }

  private static long product(long[] sizes) {
    long product = 1;
    boolean isUncounted = false;
    for (long size : sizes) {
      if (size == ANY) {
        return UNCOUNTED;
      }
      // A zero anywhere makes the product zero, however large the other sizes are.
      isUncounted = size != 0 && (isUncounted || product > Long.MAX_VALUE / size);
      product = isUncounted ? 1 : product * size;
    }
    return isUncounted ? UNCOUNTED : product;
  }

  /**
   * A shape of these sizes.
   *
   * @throws IllegalArgumentException if a size is below -1 or there are more than {@link #MAX_RANK}
   */
  public static Shape of(long... sizes) {
    return new Shape(sizes.clone());
  }

  public int rank() {
    return sizes.length;
  }

  public long size(int dimension) {
    return sizes[dimension];
  }

  public long[] toArray() {
    return sizes.clone();
  }

  /** Whether no size is open. */
  public boolean isConcrete() {
    for (long size : sizes) {
      if (size == ANY) {
        return false;
      }
    }
    return true;
  }

  /**
   * The number of elements: the product of the sizes, 1 for a scalar. Empty if a size is open or
   * the product exceeds a long.
   */
  public OptionalLong elements() {
    return elements == UNCOUNTED ? OptionalLong.empty() : OptionalLong.of(elements);
  }

  /**
   * Whether a tensor of the other shape fits this one: same rank, and equal sizes where this one's
   * are not open.
   */
  public boolean accepts(Shape other) {
    if (other.sizes.length != sizes.length) {
      return false;
    }
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] != ANY && sizes[i] != other.sizes[i]) {
        return false;
      }
    }
    return true;
  }

  /** Whether the other shape is the same but for the first size, which is the number of rows. */
  public boolean hasRowsLike(Shape other) {
    return rank() > 0
        && rank() == other.rank()
        && Arrays.equals(sizes, 1, sizes.length, other.sizes, 1, sizes.length);
  }

  /** This shape with another first size. */
  public Shape withRows(long rows) {
    long[] changed = sizes.clone();
    changed[0] = rows;
    return new Shape(changed);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(sizes, shape.sizes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sizes);
  }

  /** As people write it: {@code [-1, 4]}. */
  @Override
  public String toString() {
    return Arrays.toString(sizes);
  }
}
