package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Writes the values of one tensor in their order. Confined to the thread that writes. */
final class TensorText implements OutputText {
  private final Tensor tensor;
  private final ByteBuffer rest;
  private final BytesText bytesText;

  /** Writes one element of a BYTES tensor. */
  interface BytesText {
    void write(JsonGenerator json, byte[] element) throws IOException;
  }

  TensorText(Tensor tensor, BytesText bytesText) {
    this.tensor = tensor;
    this.rest = tensor.data();
    this.bytesText = bytesText;
  }

  /**
   * Refuses an output whose type JSON has no form for; to be asked before the model runs in vain.
   *
   * @param advice how to get it otherwise
   */
  static void requireForm(String output, DataType dtype, String advice) {
    if (dtype == DataType.FP16 || dtype == DataType.BF16) {
      throw Refusals.unsupported(
          "output %s is %s, which has no form in JSON; %s"
              .formatted(Quote.of(output), dtype, advice));
    }
  }

  @Override
  public String name() {
    return tensor.name();
  }

  @Override
  public Shape shape() {
    return tensor.shape();
  }

  /** All values, in one list. */
  void writeFlat(JsonGenerator json) throws IOException {
    json.writeStartArray();
    for (long i = 0; i < tensor.elements(); i++) {
      writeElement(json);
    }
    json.writeEndArray();
  }

  @Override
  public void writeNested(JsonGenerator json, int depth) throws IOException {
    if (depth == shape().rank()) {
      writeElement(json);
      return;
    }
    json.writeStartArray();
    for (long i = 0; i < shape().size(depth); i++) {
      writeNested(json, depth + 1);
    }
    json.writeEndArray();
  }

  private void writeElement(JsonGenerator json) throws IOException {
    switch (tensor.dtype()) {
      case BOOL -> json.writeBoolean(rest.get() != 0);
      case INT8 -> json.writeNumber(rest.get());
      case UINT8 -> json.writeNumber(Byte.toUnsignedInt(rest.get()));
      case INT16 -> json.writeNumber(rest.getShort());
      case UINT16 -> json.writeNumber(Short.toUnsignedInt(rest.getShort()));
      case INT32 -> json.writeNumber(rest.getInt());
      case UINT32 -> json.writeNumber(Integer.toUnsignedLong(rest.getInt()));
      case INT64 -> json.writeNumber(rest.getLong());
      case UINT64 -> json.writeNumber(Long.toUnsignedString(rest.getLong()));
      case FP32 -> json.writeNumber(DecimalText.of(rest.getFloat()));
      case FP64 -> json.writeNumber(DecimalText.of(rest.getDouble()));
      case BYTES -> bytesText.write(json, nextBytes());
      case FP16, BF16 -> throw new IllegalStateException(tensor.dtype().name());
    }
  }

  private byte[] nextBytes() {
    byte[] element = new byte[rest.getInt()];
    rest.get(element);
    return element;
  }
}
