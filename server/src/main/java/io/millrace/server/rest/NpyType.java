package io.millrace.server.rest;

import io.millrace.server.model.DataType;
import java.util.Arrays;
import java.util.Optional;

/** NumPy's names for the types that both have. */
enum NpyType {
  BOOL(DataType.BOOL, "b1"),
  UINT8(DataType.UINT8, "u1"),
  UINT16(DataType.UINT16, "u2"),
  UINT32(DataType.UINT32, "u4"),
  UINT64(DataType.UINT64, "u8"),
  INT8(DataType.INT8, "i1"),
  INT16(DataType.INT16, "i2"),
  INT32(DataType.INT32, "i4"),
  INT64(DataType.INT64, "i8"),
  FP16(DataType.FP16, "f2"),
  FP32(DataType.FP32, "f4"),
  FP64(DataType.FP64, "f8");

  private final DataType dtype;
  private final String code;

  NpyType(DataType dtype, String code) {
    this.dtype = dtype;
    this.code = code;
  }

  DataType dtype() {
    return dtype;
  }

  /** As a file says it, little-endian. */
  String descr() {
    return (dtype.byteSize() == 1 ? "|" : "<") + code;
  }

  /**
   * @param code without the order of bytes
   */
  static Optional<NpyType> of(String code) {
    return Arrays.stream(values()).filter(type -> type.code.equals(code)).findFirst();
  }

  static Optional<NpyType> of(DataType dtype) {
    return Arrays.stream(values()).filter(type -> type.dtype == dtype).findFirst();
  }
}
