package io.millrace.server.rest;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Tensor;
import java.util.List;

/**
 * Writes outputs as Triton's generate does, in one flat object: an output of one element as its
 * value, any other as a flat list. Pure.
 */
record GenerateAnswer(JsonAnswer answer) {
  private static final String EVENTS = "text/event-stream; charset=utf-8";
  private static final ByteString EVENT_BEGIN = ByteString.copyFromUtf8("data: ");
  private static final ByteString EVENT_END = ByteString.copyFromUtf8("\n");

  HttpBody write(String id, InferenceResponse response) {
    List<String> outputs = response.outputs().stream().map(Tensor::name).toList();
    return answer.compact(
        json -> {
          json.writeStartObject();
          // An output of the same name is what the caller asks for.
          if (!outputs.contains("model_name")) {
            json.writeStringField("model_name", response.version().model());
          }
          if (!outputs.contains("model_version")) {
            json.writeStringField("model_version", Long.toString(response.version().version()));
          }
          if (!id.isEmpty() && !outputs.contains("id")) {
            json.writeStringField("id", id);
          }
          for (Tensor output : response.outputs()) {
            json.writeFieldName(output.name());
            TensorText text = InferAnswer.text(output);
            if (output.elements() == 1) {
              text.writeNested(json, output.shape().rank());
            } else {
              text.writeFlat(json);
            }
          }
          json.writeEndObject();
        });
  }

  /** An answer, which is a line, as a server-sent event. */
  static HttpBody asEvent(HttpBody line) {
    return HttpBody.newBuilder()
        .setContentType(EVENTS)
        .setData(EVENT_BEGIN.concat(line.getData()).concat(EVENT_END))
        .build();
  }
}
