package io.millrace.server.engine.onnx;

import java.util.List;

/**
 * ONNX models of one or two nodes that do what the Java binding cannot, in the form of a model
 * file. Field numbers are those of {@code onnx.proto} (ONNX 1.19, IR version 10); where a shape is
 * left out, any fits.
 */
final class TinyModel {
  /** {@code TensorProto.DataType}. */
  static final int UINT16 = 4;

  static final int INT16 = 5;
  static final int INT32 = 6;
  static final int INT64 = 7;
  static final int STRING = 8;
  static final int BOOL = 9;
  static final int UINT32 = 12;
  static final int UINT64 = 13;

  /** {@code AttributeProto.AttributeType}. */
  private static final int ATTRIBUTE_INT = 2;

  private static final int ATTRIBUTE_STRING = 3;
  private static final int ATTRIBUTE_TENSOR = 4;

  private static final int IR_VERSION = 10;

  /** The first that has StringSplit and StringConcat; Equal takes strings since 19. */
  private static final int OPSET = 20;

  private TinyModel() {}

  /** {@code x} of one type to {@code y} of the other. */
  static byte[] cast(int from, int to) {
    ProtoWriter target = new ProtoWriter().text(1, "to").number(3, to).number(20, ATTRIBUTE_INT);
    return model(
        graph()
            .message(1, node("Cast", List.of("x"), List.of("y")).message(5, target))
            .message(11, value("x", from))
            .message(12, value("y", to)));
  }

  /** No input; {@code y} is the strings, byte for byte. */
  static byte[] constant(List<byte[]> elements, long[] shape) {
    ProtoWriter tensor = new ProtoWriter();
    for (long size : shape) {
      tensor.number(1, size);
    }
    tensor.number(2, STRING);
    elements.forEach(element -> tensor.bytes(6, element));
    ProtoWriter attribute =
        new ProtoWriter().text(1, "value").message(5, tensor).number(20, ATTRIBUTE_TENSOR);
    return model(
        graph()
            .message(1, node("Constant", List.of(), List.of("y")).message(5, attribute))
            .message(12, value("y", STRING)));
  }

  /** Strings {@code a} and {@code b} of one shape; {@code same} says which are equal in bytes. */
  static byte[] equal() {
    return model(
        graph()
            .message(1, node("Equal", List.of("a", "b"), List.of("same")))
            .message(11, value("a", STRING))
            .message(11, value("b", STRING))
            .message(12, value("same", BOOL)));
  }

  /**
   * Strings {@code x}, each cut at its NUL characters along a new last dimension, with {@code
   * padding} put behind each piece; {@code count} says how many pieces of each string count.
   */
  static byte[] splitAndPad() {
    ProtoWriter atNul =
        new ProtoWriter().text(1, "delimiter").text(4, "\0").number(20, ATTRIBUTE_STRING);
    return model(
        graph()
            .message(
                1, node("StringSplit", List.of("x"), List.of("cut", "count")).message(5, atNul))
            .message(1, node("StringConcat", List.of("cut", "padding"), List.of("pieces")))
            .message(11, value("x", STRING))
            .message(11, value("padding", STRING))
            .message(12, value("pieces", STRING))
            .message(12, value("count", INT64)));
  }

  private static ProtoWriter graph() {
    return new ProtoWriter().text(2, "tiny");
  }

  private static ProtoWriter node(String operator, List<String> inputs, List<String> outputs) {
    ProtoWriter node = new ProtoWriter();
    inputs.forEach(name -> node.text(1, name));
    outputs.forEach(name -> node.text(2, name));
    return node.text(4, operator);
  }

  private static ProtoWriter value(String name, int type) {
    ProtoWriter tensorType = new ProtoWriter().number(1, type);
    return new ProtoWriter().text(1, name).message(2, new ProtoWriter().message(1, tensorType));
  }

  private static byte[] model(ProtoWriter graph) {
    ProtoWriter opset = new ProtoWriter().text(1, "").number(2, OPSET);
    return new ProtoWriter()
        .number(1, IR_VERSION)
        .message(7, graph)
        .message(8, opset)
        .toByteArray();
  }
}
