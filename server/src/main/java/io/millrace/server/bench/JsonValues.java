package io.millrace.server.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.ByteString;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.DataType;
import io.millrace.server.model.HalfFloats;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Walks through the raw values of a tensor and writes each as JSON. Confined to one thread. */
final class JsonValues {
  private final DataType dtype;
  private final ByteBuffer raw;
  private final List<byte[]> texts;
  private final int count;
  private int next;

  private JsonValues(DataType dtype, ByteBuffer raw, List<byte[]> texts, int count) {
    this.dtype = dtype;
    this.raw = raw;
    this.texts = texts;
    this.count = count;
  }

  /**
   * @param elements how many there should be, by the tensor's shape
   */
  static JsonValues of(DataType dtype, ByteString bytes, long elements) throws BenchException {
    ByteBuffer raw = bytes.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    if (dtype.isFixedSize()) {
      return new JsonValues(dtype, raw, List.of(), raw.remaining() / dtype.byteSize());
    }
    try {
      List<byte[]> texts = BytesElements.decode(raw, elements);
      return new JsonValues(dtype, raw, texts, texts.size());
    } catch (IllegalArgumentException e) {
      throw new BenchException("raw values of BYTES: " + e.getMessage());
    }
  }

  int count() {
    return count;
  }

  boolean hasNext() {
    return next < count;
  }

  void writeNext(JsonGenerator json, JsonBody.Text text) throws IOException {
    int i = next++;
    switch (dtype) {
      case BOOL -> json.writeBoolean(raw.get(i) != 0);
      case INT8 -> json.writeNumber(raw.get(i));
      case UINT8 -> json.writeNumber(Byte.toUnsignedInt(raw.get(i)));
      case INT16 -> json.writeNumber(raw.getShort(i * Short.BYTES));
      case UINT16 -> json.writeNumber(Short.toUnsignedInt(raw.getShort(i * Short.BYTES)));
      case INT32 -> json.writeNumber(raw.getInt(i * Integer.BYTES));
      case UINT32 -> json.writeNumber(Integer.toUnsignedLong(raw.getInt(i * Integer.BYTES)));
      case INT64 -> json.writeNumber(raw.getLong(i * Long.BYTES));
      case UINT64 -> json.writeNumber(Long.toUnsignedString(raw.getLong(i * Long.BYTES)));
      case FP16 -> json.writeNumber(HalfFloats.fromFp16(raw.getShort(i * Short.BYTES)));
      case BF16 -> json.writeNumber(HalfFloats.fromBf16(raw.getShort(i * Short.BYTES)));
      case FP32 -> json.writeNumber(raw.getFloat(i * Float.BYTES));
      case FP64 -> json.writeNumber(raw.getDouble(i * Double.BYTES));
      case BYTES -> write(json, texts.get(i), text);
    }
  }

  private static void write(JsonGenerator json, byte[] bytes, JsonBody.Text text)
      throws IOException {
    String plain = new String(bytes, UTF_8);
    if (text == JsonBody.Text.PLAIN || Arrays.equals(plain.getBytes(UTF_8), bytes)) {
      json.writeString(plain);
    } else {
      json.writeStartObject();
      json.writeStringField("b64", Base64.getEncoder().encodeToString(bytes));
      json.writeEndObject();
    }
  }
}
