package io.millrace.server.inference;

import io.millrace.server.model.HalfFloats;
import io.millrace.server.model.Tensor;
import java.math.BigInteger;
import java.nio.ByteBuffer;

/** The numbers of a tensor, one by one. Immutable. */
record Scores(Tensor tensor, ByteBuffer data) {
  Scores(Tensor tensor) {
    this(tensor, tensor.data());
  }

  /** A number as it is: a Float, a Double, a Long or, of UINT64, a BigInteger. */
  Number get(int index) {
    return switch (tensor.dtype()) {
      case FP16, BF16, FP32 -> (float) fraction(index);
      case FP64 -> fraction(index);
      case UINT64 -> new BigInteger(Long.toUnsignedString(whole(index)));
      default -> whole(index);
    };
  }

  /** Higher for what is higher, and lowest for NaN; numbers that are equal have the same. */
  long rank(int index) {
    return switch (tensor.dtype()) {
      case FP16, BF16, FP32, FP64 -> rank(fraction(index));
      case UINT64 -> whole(index) ^ Long.MIN_VALUE;
      default -> whole(index);
    };
  }

  private double fraction(int index) {
    return switch (tensor.dtype()) {
      case FP16 -> HalfFloats.fromFp16(data.getShort(index * Short.BYTES));
      case BF16 -> HalfFloats.fromBf16(data.getShort(index * Short.BYTES));
      case FP32 -> data.getFloat(index * Float.BYTES);
      default -> data.getDouble(index * Double.BYTES);
    };
  }

  private long whole(int index) {
    return switch (tensor.dtype()) {
      case INT8 -> data.get(index);
      case UINT8 -> Byte.toUnsignedLong(data.get(index));
      case INT16 -> data.getShort(index * Short.BYTES);
      case UINT16 -> Short.toUnsignedLong(data.getShort(index * Short.BYTES));
      case INT32 -> data.getInt(index * Integer.BYTES);
      case UINT32 -> Integer.toUnsignedLong(data.getInt(index * Integer.BYTES));
      case INT64, UINT64 -> data.getLong(index * Long.BYTES);
      case BOOL, BYTES, FP16, BF16, FP32, FP64 ->
          throw new IllegalStateException(tensor + " holds no whole numbers");
    };
  }

  /** The bits of a double are in its order, but for those of negative ones, which run backwards. */
  private static long rank(double value) {
    if (Double.isNaN(value)) {
      return Long.MIN_VALUE;
    }
    // The addition makes 0 of -0.
    long bits = Double.doubleToLongBits(value + 0.0);
    return bits < 0 ? bits ^ Long.MAX_VALUE : bits;
  }
}
