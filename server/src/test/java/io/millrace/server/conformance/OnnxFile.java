package io.millrace.server.conformance;

import io.millrace.server.model.DataType;
import io.millrace.server.wire.WireMessage;
import java.util.List;

/**
 * ONNX files of one node that gives its input back. Field numbers are those of {@code onnx.proto}
 * (ONNX 1.19, IR version 10).
 */
final class OnnxFile {
  private static final int IR_VERSION = 10;
  private static final int OPSET = 20;
  private static final List<String> DIMENSIONS = List.of("rows", "b", "c", "d");

  private OnnxFile() {}

  /** {@code x} to {@code y}, both of any sizes. */
  static byte[] identity(DataType dtype, int rank) {
    WireMessage node = new WireMessage().text(1, "x").text(2, "y").text(4, "Identity");
    WireMessage graph =
        new WireMessage()
            .message(1, node)
            .text(2, "identity")
            .message(11, value("x", dtype, rank))
            .message(12, value("y", dtype, rank));
    WireMessage opset = new WireMessage().text(1, "").number(2, OPSET);
    return new WireMessage().number(1, IR_VERSION).message(7, graph).message(8, opset).toBytes();
  }

  private static WireMessage value(String name, DataType dtype, int rank) {
    WireMessage shape = new WireMessage();
    DIMENSIONS.subList(0, rank).forEach(d -> shape.message(1, new WireMessage().text(2, d)));
    WireMessage tensor = new WireMessage().number(1, elementType(dtype)).message(2, shape);
    return new WireMessage().text(1, name).message(2, new WireMessage().message(1, tensor));
  }

  /** {@code TensorProto.DataType}. */
  private static int elementType(DataType dtype) {
    return switch (dtype) {
      case FP32 -> 1;
      case UINT8 -> 2;
      case INT8 -> 3;
      case UINT16 -> 4;
      case INT16 -> 5;
      case INT32 -> 6;
      case INT64 -> 7;
      case BYTES -> 8;
      case BOOL -> 9;
      case FP16 -> 10;
      case FP64 -> 11;
      case UINT32 -> 12;
      case UINT64 -> 13;
      case BF16 -> 16;
    };
  }
}
