package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.api.HttpBody;
import io.millrace.server.image.Decoding;
import io.millrace.server.image.ImageDecoder;
import io.millrace.server.inference.Classification;
import io.millrace.server.inference.ExampleTask;
import io.millrace.server.inference.Regression;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.VersionSelector;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * TensorFlow Serving's classify and regress: read the examples, infer, write what they are. May
 * take long for a large body. Thread-safe.
 */
record ExampleCalls(
    ChosenVersions versions,
    Function<InferenceRequest, CompletionStage<InferenceResponse>> infer,
    ImageDecoder images,
    int maxBytes) {
  /** The key that TensorFlow Serving writes; its page on REST also says {@code result}. */
  private static final String RESULTS = "results";

  CompletionStage<HttpBody> classify(ModelPath path, RequestBody body, Patience patience) {
    return run(ExampleTask.CLASSIFY, path, body, patience)
        .thenApply(response -> write(Classification.of(response)));
  }

  CompletionStage<HttpBody> regress(ModelPath path, RequestBody body, Patience patience) {
    return run(ExampleTask.REGRESS, path, body, patience)
        .thenApply(response -> write(Regression.of(response)));
  }

  private CompletionStage<InferenceResponse> run(
      ExampleTask task, ModelPath path, RequestBody body, Patience patience) {
    patience.refuseIfOver();
    body.requireJson();
    return versions.answer(path, version -> run(task, version, body, patience));
  }

  private CompletionStage<InferenceResponse> run(
      ExampleTask task, ChosenVersions.Chosen chosen, RequestBody body, Patience patience) {
    String model = chosen.id().model();
    List<String> outputs = task.outputs(model, chosen.roles(), chosen.signature());
    JsonText text = new JsonText(body.plain(maxBytes));
    // What images become is counted with them until the model's call counts it with its inputs.
    try (Decoding decoding = images.begin(patience::refuseIfOver)) {
      PictureInputs pictures = ContentCalls.pictures(chosen, body, decoding);
      InferenceRequest request =
          new InferenceRequest(
              model,
              new VersionSelector.ByNumber(chosen.id().version()),
              ExamplesBody.read(
                  text, task, new InputValues(chosen.signature(), pictures, maxBytes)),
              outputs,
              patience.deadlineNanos(),
              patience.cancellation());
      return task.run(request, infer);
    }
  }

  private HttpBody write(Classification classification) {
    return writeResults(
        json -> {
          for (int row = 0; row < classification.rows(); row++) {
            writeClasses(json, classification, row);
          }
        });
  }

  private static void writeClasses(JsonGenerator json, Classification classification, int row)
      throws IOException {
    json.writeStartArray();
    for (int index = 0; index < classification.classes(); index++) {
      json.writeStartArray();
      json.writeString(classification.label(row, index));
      json.writeNumber(DecimalText.of(classification.score(row, index)));
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private HttpBody write(Regression regression) {
    return writeResults(
        json -> {
          for (int row = 0; row < regression.rows(); row++) {
            json.writeNumber(DecimalText.of(regression.value(row)));
          }
        });
  }

  private HttpBody writeResults(JsonAnswer.Writing results) {
    return new JsonAnswer(maxBytes)
        .pretty(
            json -> {
              json.writeStartObject();
              json.writeArrayFieldStart(RESULTS);
              results.write(json);
              json.writeEndArray();
              json.writeEndObject();
            });
  }
}
