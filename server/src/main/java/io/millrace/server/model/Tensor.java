package io.millrace.server.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/**
 * A named dense array.
 *
 * <p>{@code data} holds the values row-major and little-endian without padding, or in the form of
 * {@link BytesElements} for BYTES. It is a view that the tensor does not own: whoever makes the
 * tensor keeps the memory alive and unchanged while the tensor is in use. Each call of {@link
 * #data()} gives an independent little-endian view, so tensors may be read by several threads.
 */
public record Tensor(String name, DataType dtype, Shape shape, ByteBuffer data)
    implements TensorHead {
  /**
   * @throws IllegalArgumentException if the shape is open, or the bytes are not as many as shape
   *     and type say
   */
  public Tensor {
    OptionalLong counted = shape.elements();
    if (counted.isEmpty()) {
      throw new IllegalArgumentException("no tensor can have the shape " + shape);
    }
    long elements = counted.getAsLong();
    if (dtype.isFixedSize() && !fits(elements, dtype.byteSize(), data.remaining())) {
      throw new IllegalArgumentException(
          "a tensor of %s %s does not fit %d bytes".formatted(dtype, shape, data.remaining()));
    }
    data = data.slice();
  }

  private static boolean fits(long elements, int byteSize, int bytes) {
    return elements <= Integer.MAX_VALUE && elements * byteSize == bytes;
  }

  @Override
  public ByteBuffer data() {
    return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** How many bytes the values take. */
  public int byteCount() {
    return data.remaining();
  }

  /** The number of elements. */
  public long elements() {
    return shape.elements().orElseThrow();
  }

  /** Name, type and shape; never values, which may be a caller's secrets. */
  @Override
  public String toString() {
    return "%s %s %s".formatted(Quote.of(name), dtype, shape);
  }
}
