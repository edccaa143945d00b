package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * The values of one tensor as they come out of the text, in the form that models take. Confined to
 * the thread that reads.
 */
final class TensorValues {
  private static final int FIRST_BYTES = 1 << 10;

  private final DataType dtype;
  private final int maxBytes;
  private ByteBuffer data;

  /**
   * @param maxBytes how large the tensor may become
   */
  TensorValues(DataType dtype, int maxBytes) {
    if (dtype == DataType.FP16 || dtype == DataType.BF16) {
      throw Refusals.unsupported(
          "%s has no form in JSON; send such tensors by gRPC, or as binary tensors to /v2"
              .formatted(dtype));
    }
    this.dtype = dtype;
    this.maxBytes = maxBytes;
    this.data = buffer(Math.min(FIRST_BYTES, maxBytes));
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  DataType dtype() {
    return dtype;
  }

  /** What was read so far. */
  ByteBuffer data() {
    return data.duplicate().flip();
  }

  /** Forgets what was read so far, but keeps the room for it. */
  void clear() {
    data.clear();
  }

  /** Adds the value that is the current token. */
  void add(JsonParser json, NestedValues place) throws IOException {
    switch (dtype) {
      case FP32 -> room(Float.BYTES).putFloat(DecimalReader.readFloat(number(json, place)));
      case FP64 -> room(Double.BYTES).putDouble(DecimalReader.readDouble(number(json, place)));
      case BOOL -> room(1).put(bool(json, place));
      case INT8 -> room(1).put((byte) integer(json, place, Byte.MIN_VALUE, Byte.MAX_VALUE));
      case UINT8 -> room(1).put((byte) integer(json, place, 0, 0xFF));
      case INT16 ->
          room(Short.BYTES)
              .putShort((short) integer(json, place, Short.MIN_VALUE, Short.MAX_VALUE));
      case UINT16 -> room(Short.BYTES).putShort((short) integer(json, place, 0, 0xFFFF));
      case INT32 ->
          room(Integer.BYTES)
              .putInt((int) integer(json, place, Integer.MIN_VALUE, Integer.MAX_VALUE));
      case UINT32 -> room(Integer.BYTES).putInt((int) integer(json, place, 0, 0xFFFF_FFFFL));
      case INT64 -> room(Long.BYTES).putLong(integer(json, place, Long.MIN_VALUE, Long.MAX_VALUE));
      case UINT64 -> room(Long.BYTES).putLong(unsignedLong(json, place));
      case BYTES -> addBytes(Utf8.encode(place::path, text(json, place)));
      case FP16, BF16 -> throw new IllegalStateException(dtype.name());
    }
  }

  /** Adds an element of a BYTES tensor. */
  void addBytes(byte[] element) {
    room(Integer.BYTES + element.length).putInt(element.length).put(element);
  }

  private ByteBuffer room(int bytes) {
    if (data.remaining() < bytes) {
      grow(bytes);
    }
    return data;
  }

  private void grow(int bytes) {
    long needed = (long) data.position() + bytes;
    if (needed > maxBytes) {
      throw ServingException.refusal(
              Reason.MESSAGE_TOO_LARGE,
              "a tensor of the request takes more than the limit of %d bytes".formatted(maxBytes))
          .about(Map.of("limitBytes", Integer.toString(maxBytes)));
    }
    long roomy = Math.max(2L * data.capacity(), needed);
    data = buffer((int) Math.min(roomy, maxBytes)).put(data.flip());
  }

  private JsonParser number(JsonParser json, NestedValues place) throws IOException {
    JsonToken token = json.currentToken();
    if (token != JsonToken.VALUE_NUMBER_FLOAT && token != JsonToken.VALUE_NUMBER_INT) {
      throw wrongType(json, place);
    }
    return json;
  }

  private byte bool(JsonParser json, NestedValues place) {
    return switch (json.currentToken()) {
      case VALUE_TRUE -> 1;
      case VALUE_FALSE -> 0;
      default -> throw wrongType(json, place);
    };
  }

  private String text(JsonParser json, NestedValues place) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw wrongType(json, place);
    }
    return json.getText();
  }

  private long integer(JsonParser json, NestedValues place, long least, long most)
      throws IOException {
    WholeNumber number = whole(json, place);
    if (!number.isBetween(least, most)) {
      throw outOfRange(place);
    }
    return number.bits();
  }

  private long unsignedLong(JsonParser json, NestedValues place) throws IOException {
    WholeNumber number = whole(json, place);
    if (!number.isUnsignedLong()) {
      throw outOfRange(place);
    }
    return number.bits();
  }

  private WholeNumber whole(JsonParser json, NestedValues place) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw wrongType(json, place);
    }
    return WholeNumber.of(json);
  }

  private ServingException outOfRange(NestedValues place) {
    return Refusals.wrongType(
        place.path(), "%s: the number is out of the range of %s".formatted(place.path(), dtype));
  }

  /** That the current token cannot be a value of this tensor. */
  ServingException wrongType(JsonParser json, NestedValues place) {
    String got =
        switch (json.currentToken()) {
          case VALUE_STRING -> "a text";
          case VALUE_NUMBER_INT -> "a whole number";
          case VALUE_NUMBER_FLOAT -> "a number with fraction, exponent or no value";
          case VALUE_TRUE, VALUE_FALSE -> "a boolean";
          case VALUE_NULL -> "null";
          case START_OBJECT, FIELD_NAME, END_OBJECT -> "an object";
          default -> "a list";
        };
    return Refusals.wrongType(
        place.path(), "%s: expected type %s, got %s".formatted(place.path(), dtype, got));
  }
}
