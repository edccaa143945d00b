package io.millrace.server.grpc;

import static io.millrace.v1.DataType.DT_BF16;
import static io.millrace.v1.DataType.DT_BOOL;
import static io.millrace.v1.DataType.DT_BYTES;
import static io.millrace.v1.DataType.DT_FP16;
import static io.millrace.v1.DataType.DT_FP32;
import static io.millrace.v1.DataType.DT_FP64;
import static io.millrace.v1.DataType.DT_INT16;
import static io.millrace.v1.DataType.DT_INT32;
import static io.millrace.v1.DataType.DT_INT64;
import static io.millrace.v1.DataType.DT_INT8;
import static io.millrace.v1.DataType.DT_UINT16;
import static io.millrace.v1.DataType.DT_UINT32;
import static io.millrace.v1.DataType.DT_UINT64;
import static io.millrace.v1.DataType.DT_UINT8;

import com.google.protobuf.ByteString;
import io.millrace.v1.DataType;
import java.util.List;

/** Tensors as callers of Predict send them, with values of every type among them. */
final class PredictSamples {
  private PredictSamples() {}

  static io.millrace.v1.Tensor.Builder tensor(DataType dtype, long... shape) {
    io.millrace.v1.Tensor.Builder tensor =
        io.millrace.v1.Tensor.newBuilder().setName("x").setDtype(dtype);
    for (long size : shape) {
      tensor.addShape(size);
    }
    return tensor;
  }

  static ByteString bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return ByteString.copyFrom(bytes);
  }

  /** A typed message and the bytes that it stands for. */
  record Typed(io.millrace.v1.Tensor.Builder wire, ByteString expected) {}

  static List<Typed> everyType() {
    return List.of(
        new Typed(tensor(DT_BOOL, 2).addBoolVal(true).addBoolVal(false), bytes(1, 0)),
        new Typed(
            tensor(DT_INT8, 3).addIntVal(-128).addIntVal(-1).addIntVal(127), bytes(128, 255, 127)),
        new Typed(tensor(DT_INT16, 2).addIntVal(-32768).addIntVal(32767), bytes(0, 128, 255, 127)),
        new Typed(tensor(DT_INT32, 1).addIntVal(Integer.MIN_VALUE), bytes(0, 0, 0, 128)),
        new Typed(tensor(DT_INT64, 1).addIntVal(Long.MIN_VALUE), bytes(0, 0, 0, 0, 0, 0, 0, 128)),
        new Typed(tensor(DT_UINT8, 2).addUintVal(0).addUintVal(255), bytes(0, 255)),
        new Typed(tensor(DT_UINT16, 1).addUintVal(65534), bytes(254, 255)),
        new Typed(tensor(DT_UINT32, 1).addUintVal(0xFFFF_FFFEL), bytes(254, 255, 255, 255)),
        new Typed(
            tensor(DT_UINT64, 1).addUintVal(-2), bytes(254, 255, 255, 255, 255, 255, 255, 255)),
        new Typed(tensor(DT_FP16, 2).addFp32Val(1).addFp32Val(-2), bytes(0, 0x3C, 0, 0xC0)),
        new Typed(tensor(DT_BF16, 2).addFp32Val(1).addFp32Val(-2), bytes(0x80, 0x3F, 0, 0xC0)),
        new Typed(tensor(DT_FP32, 1).addFp32Val(1), bytes(0, 0, 0x80, 0x3F)),
        new Typed(tensor(DT_FP64, 1).addFp64Val(-2), bytes(0, 0, 0, 0, 0, 0, 0, 0xC0)),
        new Typed(
            tensor(DT_BYTES, 2).addBytesVal(bytes(7, 8)).addBytesVal(ByteString.EMPTY),
            bytes(2, 0, 0, 0, 7, 8, 0, 0, 0, 0)));
  }
}
