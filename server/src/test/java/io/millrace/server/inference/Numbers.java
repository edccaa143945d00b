package io.millrace.server.inference;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Outputs with given scores. */
final class Numbers {
  private Numbers() {}

  static Tensor floats(Shape shape, float... values) {
    ByteBuffer data = buffer(values.length * Float.BYTES);
    data.asFloatBuffer().put(values);
    return new Tensor("y", DataType.FP32, shape, data);
  }

  static Tensor doubles(double... values) {
    ByteBuffer data = buffer(values.length * Double.BYTES);
    data.asDoubleBuffer().put(values);
    return new Tensor("y", DataType.FP64, Shape.of(values.length), data);
  }

  /** Whole numbers, or the bits of others, of which the lower bytes are taken. */
  static Tensor bits(DataType dtype, long... values) {
    ByteBuffer data = buffer(values.length * dtype.byteSize());
    for (long value : values) {
      for (int i = 0; i < dtype.byteSize(); i++) {
        data.put((byte) (value >>> (i * Byte.SIZE)));
      }
    }
    return new Tensor("y", dtype, Shape.of(values.length), data.flip());
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
