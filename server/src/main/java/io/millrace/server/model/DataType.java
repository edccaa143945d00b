package io.millrace.server.model;

/**
 * The element types of tensors, named as in the Open Inference Protocol.
 *
 * <p>Values travel little-endian; BOOL is one byte of 0 or 1; see {@link BytesElements} for BYTES.
 */
public enum DataType {
  BOOL(1),
  UINT8(1),
  UINT16(2),
  UINT32(4),
  UINT64(8),
  INT8(1),
  INT16(2),
  INT32(4),
  INT64(8),
  FP16(2),
  BF16(2),
  FP32(4),
  FP64(8),
  BYTES(0);

  private final int byteSize;

  DataType(int byteSize) {
    this.byteSize = byteSize;
  }

  /** Bytes of one element; 0 for BYTES, whose elements differ in length. */
  public int byteSize() {
    return byteSize;
  }

  /** Whether the elements are numbers that may have fractions. */
  public boolean isFloatingPoint() {
    return this == FP16 || this == BF16 || this == FP32 || this == FP64;
  }

  /** Whether every element takes the same number of bytes. */
  public boolean isFixedSize() {
    return byteSize > 0;
  }
}
