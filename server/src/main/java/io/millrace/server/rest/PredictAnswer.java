package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.api.HttpBody;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Writes outputs as TensorFlow Serving does: {@code predictions} row by row, {@code outputs} tensor
 * by tensor; the name of the only output is left out. Pure.
 *
 * @param classes how many of the highest classes of which outputs to tell, in place of scores
 */
record PredictAnswer(JsonAnswer answer, Map<String, Integer> classes) {
  private static final String BYTES_SUFFIX = "_bytes";
  private static final String BY_GRPC = "call by gRPC";

  /** Refuses outputs that the answer has no form for; to be asked before the model runs. */
  void requireForms(List<TensorSpec> outputs) {
    outputs.stream()
        .filter(output -> !classes.containsKey(output.name()))
        .forEach(output -> TensorText.requireForm(output.name(), output.dtype(), BY_GRPC));
  }

  HttpBody write(PredictBody.Form form, InferenceResponse response) {
    List<OutputText> texts =
        response.outputs().stream().map(output -> text(output, response.labels())).toList();
    return answer.pretty(
        json -> {
          json.writeStartObject();
          switch (form) {
            case INSTANCES -> writeRows(json, texts);
            case INPUTS -> writeColumns(json, texts);
          }
          json.writeEndObject();
        });
  }

  private OutputText text(Tensor output, ClassLabels labels) {
    Integer most = classes.get(output.name());
    if (most != null) {
      return new ClassesText(output, most, labels);
    }
    TensorText.requireForm(output.name(), output.dtype(), BY_GRPC);
    return new TensorText(output, bytesText(output.name()));
  }

  /** As base64 by the output's name, or if the bytes are no text. */
  private static TensorText.BytesText bytesText(String output) {
    return output.endsWith(BYTES_SUFFIX) ? PredictAnswer::writeBase64 : PredictAnswer::writeText;
  }

  private static void writeText(JsonGenerator json, byte[] element) throws IOException {
    var text = Utf8.decode(element);
    if (text.isPresent()) {
      json.writeString(text.get());
    } else {
      writeBase64(json, element);
    }
  }

  private static void writeBase64(JsonGenerator json, byte[] element) throws IOException {
    json.writeStartObject();
    json.writeStringField(Base64Value.KEY, Base64.getEncoder().encodeToString(element));
    json.writeEndObject();
  }

  private static void writeColumns(JsonGenerator json, List<OutputText> outputs)
      throws IOException {
    json.writeFieldName("outputs");
    if (outputs.size() == 1) {
      outputs.get(0).writeNested(json, 0);
      return;
    }
    json.writeStartObject();
    for (OutputText output : outputs) {
      json.writeFieldName(output.name());
      output.writeNested(json, 0);
    }
    json.writeEndObject();
  }

  private static void writeRows(JsonGenerator json, List<OutputText> outputs) throws IOException {
    long rows = rows(outputs);
    json.writeArrayFieldStart("predictions");
    for (long row = 0; row < rows; row++) {
      writeRow(json, outputs);
    }
    json.writeEndArray();
  }

  private static void writeRow(JsonGenerator json, List<OutputText> outputs) throws IOException {
    if (outputs.size() == 1) {
      outputs.get(0).writeNested(json, 1);
      return;
    }
    json.writeStartObject();
    for (OutputText output : outputs) {
      json.writeFieldName(output.name());
      output.writeNested(json, 1);
    }
    json.writeEndObject();
  }

  /** How many rows every output has. */
  private static long rows(List<OutputText> outputs) {
    long rows = -1;
    for (OutputText output : outputs) {
      long own = output.shape().rank() == 0 ? -1 : output.shape().size(0);
      if (own < 0 || (rows >= 0 && own != rows)) {
        throw ServingException.refusal(
            Reason.TENSOR_SHAPE_MISMATCH,
            "output %s of shape %s cannot be told by row: the outputs have no batch dimension in"
                    .formatted(Quote.of(output.name()), output.shape())
                + " common; send the inputs by column, as \"inputs\"");
      }
      rows = own;
    }
    return Math.max(rows, 0);
  }
}
