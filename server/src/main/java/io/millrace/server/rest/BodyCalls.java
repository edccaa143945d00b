package io.millrace.server.rest;

import com.google.api.HttpBody;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.VersionSelector;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * TensorFlow Serving's calls that run models: read the body, infer, write the answer. They may take
 * long for a large body. Thread-safe.
 */
final class BodyCalls {
  private final ChosenVersions versions;
  private final Function<InferenceRequest, CompletionStage<InferenceResponse>> infer;
  private final int maxBytes;

  BodyCalls(
      ChosenVersions versions,
      Function<InferenceRequest, CompletionStage<InferenceResponse>> infer,
      int maxBytes) {
    this.versions = versions;
    this.infer = infer;
    this.maxBytes = maxBytes;
  }

  /**
   * TensorFlow Serving's predict.
   *
   * @param classes which outputs to tell as their highest classes
   */
  CompletionStage<HttpBody> predict(
      ModelPath path, RequestBody body, Patience patience, ClassCounts classes) {
    patience.refuseIfOver();
    body.requireJson();
    return versions.answer(
        path, version -> predict(version, new JsonText(body.plain(maxBytes)), patience, classes));
  }

  private CompletionStage<HttpBody> predict(
      ChosenVersions.Chosen chosen, JsonText text, Patience patience, ClassCounts classes) {
    Map<String, Integer> named = chosen.among(classes);
    PredictAnswer answer = new PredictAnswer(new JsonAnswer(maxBytes), named);
    answer.requireForms(chosen.signature().outputs());
    PredictBody body = PredictBody.read(text, chosen.signature(), maxBytes);
    InferenceRequest request =
        new InferenceRequest(
            chosen.id().model(),
            new VersionSelector.ByNumber(chosen.id().version()),
            body.inputs(),
            List.of(),
            patience.deadlineNanos(),
            patience.cancellation());
    PredictBody.Form form = body.form();
    return infer
        .apply(named.isEmpty() ? request : request.onInstances())
        .thenApply(response -> answer.write(form, response));
  }
}
