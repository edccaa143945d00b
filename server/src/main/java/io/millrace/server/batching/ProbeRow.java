package io.millrace.server.batching;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Makes one row of an input, different from other rows: a model that mixed the rows of a batch
 * would give itself away. Numbers are small and not negative, so that most models take them for
 * indexes, too. Pure.
 */
final class ProbeRow {
  private static final int WHOLE_NUMBERS = 5;
  private static final int FRACTIONS = 97;

  /** 0.125 as FP16 and BF16; the bits above it are those of larger numbers below 1. */
  private static final short FP16_EIGHTH = 0x3000;

  private static final short BF16_EIGHTH = 0x3E00;

  private ProbeRow() {}

  static Tensor of(TensorSpec spec, int row) {
    long[] sizes = spec.shape().toArray();
    Shape shape =
        Shape.of(Arrays.stream(sizes).map(size -> size == Shape.ANY ? 1 : size).toArray());
    int elements = Math.toIntExact(shape.elements().orElseThrow());
    DataType dtype = spec.dtype();
    int each = dtype.isFixedSize() ? dtype.byteSize() : Integer.BYTES + 1;
    ByteBuffer data =
        ByteBuffer.allocate(Math.multiplyExact(elements, each)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < elements; i++) {
      put(data, dtype, row + i, (row * 31 + i * 7) % FRACTIONS);
    }
    return new Tensor(spec.name(), dtype, shape, data.flip());
  }

  private static void put(ByteBuffer data, DataType dtype, int count, int fraction) {
    int whole = count % WHOLE_NUMBERS;
    switch (dtype) {
      case BOOL -> data.put((byte) (count % 2));
      case INT8, UINT8 -> data.put((byte) whole);
      case INT16, UINT16 -> data.putShort((short) whole);
      case INT32, UINT32 -> data.putInt(whole);
      case INT64, UINT64 -> data.putLong(whole);
      case FP16 -> data.putShort((short) (FP16_EIGHTH + fraction));
      case BF16 -> data.putShort((short) (BF16_EIGHTH + fraction));
      case FP32 -> data.putFloat((float) fraction / FRACTIONS);
      case FP64 -> data.putDouble((double) fraction / FRACTIONS);
      case BYTES -> data.putInt(1).put((byte) ('a' + whole));
    }
  }
}
