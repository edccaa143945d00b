package io.millrace.server.grpc;

import io.millrace.server.model.DataType;

/**
 * The whole numbers that both a type and a signed list hold; of a 16-bit float they are its bits.
 */
record LongRange(long least, long most) {
  /** Of UINT64 the lower half, and of BOOL 0 and 1. */
  static LongRange of(DataType dtype) {
    int bits = dtype == DataType.BOOL ? 1 : Byte.SIZE * dtype.byteSize();
    int digits = hasSign(dtype) || bits == Long.SIZE ? bits - 1 : bits;
    long most = -1L >>> (Long.SIZE - digits);
    return new LongRange(hasSign(dtype) ? -most - 1 : 0, most);
  }

  /** What has as many bits as the type, whether or not the first of them is a sign. */
  static LongRange ofBits(DataType dtype) {
    int bits = Byte.SIZE * dtype.byteSize();
    return new LongRange(-1L << (bits - 1), -1L >>> (Long.SIZE - Math.min(bits, Long.SIZE - 1)));
  }

  private static boolean hasSign(DataType dtype) {
    return switch (dtype) {
      case INT8, INT16, INT32, INT64 -> true;
      case BOOL, UINT8, UINT16, UINT32, UINT64, FP16, BF16, FP32, FP64, BYTES -> false;
    };
  }

  boolean holds(long value) {
    return value >= least && value <= most;
  }

  /** Such as {@code 0 to 255}. */
  @Override
  public String toString() {
    return least + " to " + most;
  }
}
