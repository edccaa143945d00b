package io.millrace.server.grpc;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Checks values that arrive as bytes and hands them on as a view, without a copy. */
final class RawValues {
  /** The bits that no byte of a BOOL tensor may have, for eight bytes at once. */
  private static final long NOT_BOOL = 0xFEFE_FEFE_FEFE_FEFEL;

  private RawValues() {}

  /**
   * The bytes of a tensor.
   *
   * @param field of the bytes in the request, such as {@code inputs[2].raw}
   */
  static ByteBuffer decode(String field, DataType dtype, Shape shape, ByteString raw) {
    // A string that is a part of another begins in the middle of its buffer; the slice at 0.
    ByteBuffer values = raw.asReadOnlyByteBuffer().slice().order(ByteOrder.LITTLE_ENDIAN);
    check(field, dtype, shape, values);
    return values;
  }

  /** Checks that bytes, little-endian and from 0, are the values of a tensor. */
  static void check(String field, DataType dtype, Shape shape, ByteBuffer values) {
    long elements = shape.elements().orElseThrow();
    if (dtype.isFixedSize()) {
      checkSize(field, dtype, shape, values.remaining());
    } else {
      checkElements(field, shape, elements, values);
    }
    if (dtype == DataType.BOOL) {
      checkBools(field, values);
    }
  }

  private static void checkSize(String field, DataType dtype, Shape shape, int bytes) {
    long expected = shape.elements().orElseThrow() * dtype.byteSize();
    if (bytes != expected) {
      throw wrongSize(
          field, "%s %s takes %d bytes, got %d".formatted(dtype, shape, expected, bytes));
    }
  }

  private static void checkElements(String field, Shape shape, long elements, ByteBuffer values) {
    int at = 0;
    for (long i = 0; i < elements; i++) {
      int rest = values.limit() - at - Integer.BYTES;
      int length = rest < 0 ? 0 : values.getInt(at);
      if (rest < 0 || length < 0 || length > rest) {
        throw wrongSize(
            field,
            ("element %d of BYTES %s, of %d, goes beyond the end of its %d bytes; each begins with"
                    + " its length as an unsigned 32-bit little-endian number")
                .formatted(i, shape, elements, values.limit()));
      }
      at += Integer.BYTES + length;
    }
    if (at != values.limit()) {
      throw wrongSize(
          field,
          "the %d elements of BYTES %s take %d bytes, got %d"
              .formatted(elements, shape, at, values.limit()));
    }
  }

  private static void checkBools(String field, ByteBuffer values) {
    int at = 0;
    while (at + Long.BYTES <= values.limit() && (values.getLong(at) & NOT_BOOL) == 0) {
      at += Long.BYTES;
    }
    for (; at < values.limit(); at++) {
      byte value = values.get(at);
      if (value != 0 && value != 1) {
        throw RequestFields.malformed(
            field, "byte %d of a BOOL tensor is 0 or 1, got %d".formatted(at, value & 0xFF));
      }
    }
  }

  private static ServingException wrongSize(String field, String message) {
    return ServingException.refusal(Reason.TENSOR_SIZE_MISMATCH, field, message);
  }
}
