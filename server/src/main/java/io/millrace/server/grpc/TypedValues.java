package io.millrace.server.grpc;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.HalfFloats;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntToLongFunction;

/**
 * One of the typed lists in which a tensor's values can arrive, such as {@code int_val}. The values
 * are read in place by index.
 *
 * @param field of the list in the request, such as {@code inputs[2].int_val}
 * @param types the element types whose values it may hold
 * @param size how many values it holds
 */
record TypedValues(String field, Set<DataType> types, int size, Encoder encoder) {
  /** Writes all values little-endian into a new buffer. */
  interface Encoder {
    ByteBuffer encode(DataType dtype);
  }

  /** Gives a float by its index; the JDK has no such interface. */
  interface FloatAt {
    float get(int index);
  }

  /** Writes the value with an index at the position of the buffer. */
  private interface Writer {
    void write(int index, ByteBuffer to);
  }

  ByteBuffer encode(DataType dtype) {
    return encoder.encode(dtype);
  }

  static TypedValues bools(String field, int size, IntPredicate at) {
    return new TypedValues(
        field,
        Set.of(DataType.BOOL),
        size,
        dtype -> fixed(dtype, size, (i, to) -> to.put((byte) (at.test(i) ? 1 : 0))));
  }

  /** Whole numbers with a sign on the wire, each within the range of its type. */
  static TypedValues signed(String field, Set<DataType> types, int size, IntToLongFunction at) {
    return new TypedValues(
        field,
        types,
        size,
        dtype -> fixed(dtype, size, whole(field, dtype, LongRange.of(dtype), at)));
  }

  /** Numbers of which only the bits count: 255 and -1 are the same UINT8, and the same INT8. */
  static TypedValues bits(String field, Set<DataType> types, int size, IntToLongFunction at) {
    return new TypedValues(
        field,
        types,
        size,
        dtype -> fixed(dtype, size, whole(field, dtype, LongRange.ofBits(dtype), at)));
  }

  private static Writer whole(String field, DataType dtype, LongRange taken, IntToLongFunction at) {
    return (i, to) -> {
      long value = at.applyAsLong(i);
      if (!taken.holds(value)) {
        throw outOfRange(field, i, dtype, value, LongRange.of(dtype));
      }
      put(to, dtype, value);
    };
  }

  static TypedValues unsigned(String field, Set<DataType> types, int size, IntToLongFunction at) {
    return new TypedValues(field, types, size, dtype -> encodeUnsigned(field, dtype, size, at));
  }

  private static ByteBuffer encodeUnsigned(
      String field, DataType dtype, int size, IntToLongFunction at) {
    long max = -1L >>> (Long.SIZE - 8 * dtype.byteSize());
    return fixed(
        dtype,
        size,
        (i, to) -> {
          long value = at.applyAsLong(i);
          if (Long.compareUnsigned(value, max) > 0) {
            throw outOfRange(
                field,
                i,
                dtype,
                Long.toUnsignedString(value),
                "0 to " + Long.toUnsignedString(max));
          }
          put(to, dtype, value);
        });
  }

  static TypedValues floats(String field, Set<DataType> types, int size, FloatAt at) {
    return new TypedValues(
        field,
        types,
        size,
        dtype ->
            switch (dtype) {
              case FP32 -> fixed(dtype, size, (i, to) -> to.putFloat(at.get(i)));
              default -> fixed(dtype, size, (i, to) -> put(to, dtype, at.get(i)));
            });
  }

  static TypedValues doubles(String field, int size, IntToDoubleFunction at) {
    return new TypedValues(
        field,
        Set.of(DataType.FP64),
        size,
        dtype -> fixed(dtype, size, (i, to) -> to.putDouble(at.applyAsDouble(i))));
  }

  static TypedValues bytes(String field, int size, IntFunction<ByteString> at) {
    return new TypedValues(
        field, Set.of(DataType.BYTES), size, dtype -> encodeBytes(field, size, at));
  }

  private static ByteBuffer encodeBytes(String field, int size, IntFunction<ByteString> at) {
    long total = 0;
    for (int i = 0; i < size; i++) {
      total += Integer.BYTES + (long) at.apply(i).size();
    }
    if (total > Integer.MAX_VALUE) {
      throw ServingException.refusal(
          Reason.TENSOR_SIZE_MISMATCH,
          field,
          "%d bytes are too many for one tensor".formatted(total));
    }
    ByteBuffer values = ByteBuffer.allocate((int) total).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < size; i++) {
      ByteString element = at.apply(i);
      values.putInt(element.size());
      element.copyTo(values);
    }
    return values.flip();
  }

  /** The caller has checked that as many values fit one buffer. */
  private static ByteBuffer fixed(DataType dtype, int size, Writer writer) {
    ByteBuffer values =
        ByteBuffer.allocate(Math.multiplyExact(size, dtype.byteSize()))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < size; i++) {
      writer.write(i, values);
    }
    return values.flip();
  }

  /** Writes a whole number as a type of that many bits has it. */
  static void put(ByteBuffer to, DataType dtype, long value) {
    switch (dtype.byteSize()) {
      case Byte.BYTES -> to.put((byte) value);
      case Short.BYTES -> to.putShort((short) value);
      case Integer.BYTES -> to.putInt((int) value);
      default -> to.putLong(value);
    }
  }

  /** Writes a float as a type with fractions has it. */
  static void put(ByteBuffer to, DataType dtype, float value) {
    switch (dtype) {
      case FP16 -> to.putShort(HalfFloats.toFp16(value));
      case BF16 -> to.putShort(HalfFloats.toBf16(value));
      case FP64 -> to.putDouble(value);
      default -> to.putFloat(value);
    }
  }

  private static ServingException outOfRange(
      String field, int index, DataType dtype, Object value, Object range) {
    return ServingException.refusal(
        Reason.TENSOR_DTYPE_MISMATCH,
        "%s[%d]".formatted(field, index),
        "%s values are %s, got %s".formatted(dtype, range, value));
  }
}
