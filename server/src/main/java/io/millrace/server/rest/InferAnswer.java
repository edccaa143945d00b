package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.api.HttpBody;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.io.IOException;
import java.util.List;

/** Writes outputs as the Open Inference Protocol does, each as one flat list. Pure. */
record InferAnswer(JsonAnswer answer) {
  HttpBody write(String id, InferenceResponse response) {
    List<TensorText> texts =
        response.outputs().stream()
            .map(tensor -> new TensorText(tensor, onlyText(tensor)))
            .toList();
    return answer.compact(
        json -> {
          json.writeStartObject();
          json.writeStringField("model_name", response.version().model());
          json.writeStringField("model_version", Long.toString(response.version().version()));
          if (!id.isEmpty()) {
            json.writeStringField("id", id);
          }
          json.writeArrayFieldStart("outputs");
          for (int i = 0; i < texts.size(); i++) {
            writeOutput(json, response.outputs().get(i), texts.get(i));
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  private static void writeOutput(JsonGenerator json, Tensor tensor, TensorText text)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("name", tensor.name());
    json.writeStringField("datatype", tensor.dtype().name());
    json.writeFieldName("shape");
    writeShape(json, tensor.shape());
    json.writeFieldName("data");
    text.writeFlat(json);
    json.writeEndObject();
  }

  static void writeShape(JsonGenerator json, Shape shape) throws IOException {
    json.writeStartArray();
    for (long size : shape.toArray()) {
      json.writeNumber(size);
    }
    json.writeEndArray();
  }

  /** The protocol has no other form for bytes in JSON. */
  private static TensorText.BytesText onlyText(Tensor tensor) {
    return (json, element) ->
        json.writeString(
            Utf8.decode(element)
                .orElseThrow(
                    () ->
                        Refusals.unsupported(
                            "output %s holds bytes that are no UTF-8 text; call by gRPC"
                                .formatted(Quote.of(tensor.name())))));
  }
}
