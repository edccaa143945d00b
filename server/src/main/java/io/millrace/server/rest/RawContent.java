package io.millrace.server.rest;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.RawValues;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.ByteBuffer;

/** Reads the little-endian values of a tensor, row by row, without a copy. */
final class RawContent {
  private RawContent() {}

  /**
   * @param query says type and shape where they are not the input's
   */
  static Tensor read(Content content, TensorSpec input, ContentQuery query) {
    DataType dtype = query.dtypeOr(input.dtype());
    ByteBuffer data = content.bytes();
    Shape shape = query.shape().orElseGet(() -> shape(content, input, dtype));
    String field = content.place();
    if (dtype == DataType.BYTES) {
      RawValues.check(field, dtype, shape, data);
      return new Tensor(input.name(), dtype, shape, data);
    }
    return fixed(field, input, dtype, shape, data);
  }

  /** The tensor of a type whose elements are all of one size. */
  static Tensor fixed(
      String field, TensorSpec input, DataType dtype, Shape shape, ByteBuffer data) {
    long expected = shape.elements().orElseThrow() * dtype.byteSize();
    if (data.remaining() != expected) {
      throw wrongSize(
          field,
          "%s: input %s as %s %s takes %d bytes, got %d"
              .formatted(field, Quote.of(input.name()), dtype, shape, expected, data.remaining()));
    }
    if (dtype == DataType.BOOL) {
      requireBools(field, data);
    }
    return new Tensor(input.name(), dtype, shape, data);
  }

  private static void requireBools(String field, ByteBuffer data) {
    for (int at = 0; at < data.limit(); at++) {
      if ((data.get(at) & 0xFE) != 0) {
        throw Refusals.malformed(
            field,
            "%s: byte %d of a BOOL tensor is 0 or 1, got %d"
                .formatted(field, at, data.get(at) & 0xFF));
      }
    }
  }

  /** The input's shape with its one open size as large as the bytes make it. */
  private static Shape shape(Content content, TensorSpec input, DataType dtype) {
    long[] sizes = input.shape().toArray();
    int open = -1;
    long row = Math.max(1, dtype.byteSize());
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] != Shape.ANY) {
        row *= sizes[i];
      } else if (open >= 0 || dtype == DataType.BYTES) {
        throw Refusals.wrongShape(
            "shape",
            "%s: input %s has the shape %s (-1 is any size); say which one was sent, such as ?shape=2&shape=3"
                .formatted(content.place(), Quote.of(input.name()), input.shape()));
      } else {
        open = i;
      }
    }
    if (open < 0) {
      return input.shape();
    }
    int bytes = content.data().size();
    if (bytes % row != 0) {
      throw wrongSize(
          content.place(),
          "%s: input %s of %s %s takes a multiple of %d bytes, got %d"
              .formatted(
                  content.place(), Quote.of(input.name()), dtype, input.shape(), row, bytes));
    }
    sizes[open] = bytes / row;
    return Shape.of(sizes);
  }

  private static ServingException wrongSize(String field, String message) {
    return ServingException.refusal(Reason.TENSOR_SIZE_MISMATCH, field, message);
  }
}
