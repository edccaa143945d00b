package io.millrace.server.model;

import java.nio.ByteBuffer;
import java.util.OptionalLong;

/** Checks bytes from outside before they are taken for the values of a tensor as they are. */
public final class RawValues {
  /** The bits that no byte of a BOOL tensor may have, for eight bytes at once. */
  private static final long NOT_BOOL = 0xFEFE_FEFE_FEFE_FEFEL;

  private RawValues() {}

  /**
   * Checks that bytes, little-endian and from 0, are the values of a tensor.
   *
   * @param field of the bytes in the request, such as {@code inputs[2].raw}
   * @throws ServingException with TENSOR_SIZE_MISMATCH if they are more or fewer, with
   *     REQUEST_MALFORMED if a BOOL is neither 0 nor 1
   */
  public static void check(String field, DataType dtype, Shape shape, ByteBuffer values) {
    if (dtype.isFixedSize()) {
      checkSize(field, dtype, shape, values.remaining());
    } else {
      checkElements(field, shape, values);
    }
    if (dtype == DataType.BOOL) {
      checkBools(field, values);
    }
  }

  private static void checkSize(String field, DataType dtype, Shape shape, int bytes) {
    OptionalLong elements = shape.elements();
    if (elements.isEmpty() || elements.getAsLong() > Integer.MAX_VALUE) {
      throw wrongSize(
          field,
          "%s %s is more than one message can hold, got %d bytes".formatted(dtype, shape, bytes));
    }
    long expected = elements.getAsLong() * dtype.byteSize();
    if (bytes != expected) {
      throw wrongSize(
          field, "%s %s takes %d bytes, got %d".formatted(dtype, shape, expected, bytes));
    }
  }

  private static void checkElements(String field, Shape shape, ByteBuffer values) {
    long elements = shape.elements().orElse(Long.MAX_VALUE);
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
        throw ServingException.refusal(
            Reason.REQUEST_MALFORMED,
            field,
            "byte %d of a BOOL tensor is 0 or 1, got %d".formatted(at, value & 0xFF));
      }
    }
  }

  private static ServingException wrongSize(String field, String message) {
    return ServingException.refusal(Reason.TENSOR_SIZE_MISMATCH, field, message);
  }
}
