package io.millrace.server.rest;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** Reads a text or a file as the one element of a BYTES tensor. */
final class SingleValue {
  private SingleValue() {}

  static Tensor read(Content content, TensorSpec input) {
    if (input.dtype() != DataType.BYTES) {
      throw Refusals.wrongType(
          content.place(),
          "%s: expected %s for input %s, got %s, which is one element of BYTES"
              .formatted(
                  content.place(), input.dtype(), Quote.of(input.name()), told(content.kind())));
    }
    Shape shape =
        shape(input)
            .orElseThrow(
                () ->
                    Refusals.wrongShape(
                        content.place(),
                        "%s: input %s takes the shape %s (-1 is any size), got one element"
                            .formatted(content.place(), Quote.of(input.name()), input.shape())));
    int length = content.data().size();
    ByteBuffer data =
        ByteBuffer.allocate(Math.addExact(Integer.BYTES, length)).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(length).put(content.bytes());
    return new Tensor(input.name(), DataType.BYTES, shape, data.flip());
  }

  private static String told(ContentKind kind) {
    return kind == ContentKind.TEXT ? "a text" : "a file";
  }

  /** The shape of this input that has one element, if one has. */
  static Optional<Shape> shape(TensorSpec input) {
    return ImpliedShape.of(input.shape(), 1);
  }
}
