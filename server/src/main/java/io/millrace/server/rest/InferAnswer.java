package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Writes outputs as the Open Inference Protocol does: each as one flat list, or as bytes behind the
 * JSON where the caller wants that. Pure.
 *
 * @param headLength takes how many bytes the JSON has, before an answer with others behind it
 */
record InferAnswer(JsonAnswer answer, Consumer<String> headLength) {
  private static final String BINARY_TYPE = "application/octet-stream";
  private static final String AS_BYTES =
      "ask infer for it with the parameter binary_data: true, or call by gRPC";

  /**
   * Refuses outputs that are wanted as JSON and have no form in it; to be asked before the model
   * runs.
   *
   * @param outputs of the model
   */
  static void requireForms(List<TensorSpec> outputs, WantedOutputs wanted) {
    outputs.stream()
        .filter(output -> wanted.areValues(output.name()) && !wanted.isBinary(output.name()))
        .forEach(output -> TensorText.requireForm(output.name(), output.dtype(), AS_BYTES));
  }

  HttpBody write(InferBody asked, InferenceResponse response) {
    HttpBody head =
        answer.compact(
            json -> {
              json.writeStartObject();
              json.writeStringField("model_name", response.version().model());
              json.writeStringField("model_version", Long.toString(response.version().version()));
              if (!asked.id().isEmpty()) {
                json.writeStringField("id", asked.id());
              }
              json.writeArrayFieldStart("outputs");
              for (Tensor output : response.outputs()) {
                writeOutput(json, output, asked.outputs().isBinary(output.name()));
              }
              json.writeEndArray();
              json.writeEndObject();
            });
    List<Tensor> binary =
        response.outputs().stream()
            .filter(output -> asked.outputs().isBinary(output.name()))
            .toList();
    return binary.isEmpty() ? head : before(binary, head.getData());
  }

  /** The bytes are not copied here: an answer's tensors stay as they are until it has been sent. */
  private HttpBody before(List<Tensor> binary, ByteString head) {
    ByteString whole = head;
    for (Tensor output : binary) {
      answer.requireRoom((long) whole.size() + output.byteCount());
      whole = whole.concat(UnsafeByteOperations.unsafeWrap(output.data()));
    }
    headLength.accept(Integer.toString(head.size()));
    return HttpBody.newBuilder().setContentType(BINARY_TYPE).setData(whole).build();
  }

  private static void writeOutput(JsonGenerator json, Tensor tensor, boolean isBinary)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("name", tensor.name());
    json.writeStringField("datatype", tensor.dtype().name());
    json.writeFieldName("shape");
    writeShape(json, tensor.shape());
    if (isBinary) {
      json.writeObjectFieldStart("parameters");
      json.writeNumberField("binary_data_size", tensor.byteCount());
      json.writeEndObject();
    } else {
      json.writeFieldName("data");
      text(tensor).writeFlat(json);
    }
    json.writeEndObject();
  }

  static void writeShape(JsonGenerator json, Shape shape) throws IOException {
    json.writeStartArray();
    for (long size : shape.toArray()) {
      json.writeNumber(size);
    }
    json.writeEndArray();
  }

  /** The values of an output as JSON has them. */
  static TensorText text(Tensor tensor) {
    TensorText.requireForm(tensor.name(), tensor.dtype(), AS_BYTES);
    return new TensorText(tensor, onlyText(tensor));
  }

  /** The protocol has no other form for bytes in JSON. */
  private static TensorText.BytesText onlyText(Tensor tensor) {
    return (json, element) ->
        json.writeString(
            Utf8.decode(element)
                .orElseThrow(
                    () ->
                        Refusals.unsupported(
                            "output %s holds bytes that are no UTF-8 text; %s"
                                .formatted(Quote.of(tensor.name()), AS_BYTES))));
  }
}
