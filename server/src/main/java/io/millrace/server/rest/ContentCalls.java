package io.millrace.server.rest;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.millrace.server.image.ImageDecoder;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionSelector;
import io.millrace.server.rest.ChosenVersions.Chosen;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Predict with bodies that people really have: images, texts, arrays, forms. The answer is as
 * TensorFlow Serving's, or NumPy's if the caller accepts that. Takes long. Thread-safe.
 */
final class ContentCalls {
  private final ChosenVersions versions;
  private final Function<InferenceRequest, CompletionStage<InferenceResponse>> infer;
  private final ImageDecoder images;
  private final int maxBytes;

  ContentCalls(
      ChosenVersions versions,
      Function<InferenceRequest, CompletionStage<InferenceResponse>> infer,
      ImageDecoder images,
      int maxBytes) {
    this.versions = versions;
    this.infer = infer;
    this.images = images;
    this.maxBytes = maxBytes;
  }

  /** Whether a call needs what is here, or only has JSON read and written. */
  static boolean takes(String contentType, ContentQuery query) {
    HeaderValue type = HeaderValue.parse(contentType);
    return query.wantsNpy() || ContentKind.of("body", type) != ContentKind.JSON;
  }

  /**
   * What a body holds.
   *
   * @param form that the answer takes; empty if that is the outputs' matter
   */
  private record Inputs(List<Tensor> tensors, Optional<PredictBody.Form> form) {}

  CompletionStage<HttpBody> predict(
      ModelPath path, RequestBody body, ContentQuery query, Patience patience) {
    patience.refuseIfOver();
    return versions.answer(
        path, version -> run(version, read(version, body, query, patience), query, patience));
  }

  private Inputs read(Chosen version, RequestBody body, ContentQuery query, Patience patience) {
    HeaderValue type = HeaderValue.parse(body.contentType());
    if (ContentKind.of("body", type) != ContentKind.JSON) {
      ByteString data = body.bytes(maxBytes);
      return new Inputs(inputs(version, patience).read(type, data, query), Optional.empty());
    }
    JsonText text = new JsonText(body.plain(maxBytes));
    PredictBody read = PredictBody.read(text, version.signature(), maxBytes);
    return new Inputs(read.inputs(), Optional.of(read.form()));
  }

  private ContentInputs inputs(Chosen chosen, Patience patience) {
    return new ContentInputs(
        chosen.signature(), chosen.preprocess(), images, patience::refuseIfOver, maxBytes);
  }

  private CompletionStage<HttpBody> run(
      Chosen chosen, Inputs inputs, ContentQuery query, Patience patience) {
    boolean isNpy = query.wantsNpy() && NpyAnswer.fits(chosen.signature());
    if (query.wantsNpy() && !isNpy && !query.acceptsJson()) {
      throw NpyAnswer.refusal(chosen.signature());
    }
    Map<String, Integer> classes = chosen.among(query.classes());
    if (isNpy && !classes.isEmpty()) {
      throw Refusals.malformed(
          "top_k", "?top_k names classes, which NumPy's arrays cannot hold; accept JSON");
    }
    InferenceRequest request =
        new InferenceRequest(
            chosen.id().model(),
            new VersionSelector.ByNumber(chosen.id().version()),
            inputs.tensors(),
            List.of(),
            patience.deadlineNanos(),
            patience.cancellation());
    Optional<PredictBody.Form> form = inputs.form();
    return infer
        .apply(classes.isEmpty() ? request : request.onInstances())
        .thenApply(
            response ->
                isNpy
                    ? new NpyAnswer(maxBytes).write(response.outputs().get(0))
                    : json(response, form, classes));
  }

  private HttpBody json(
      InferenceResponse response, Optional<PredictBody.Form> form, Map<String, Integer> classes) {
    return new PredictAnswer(new JsonAnswer(maxBytes), classes)
        .write(form.orElseGet(() -> form(response.outputs())), response);
  }

  /**
   * By rows where all outputs have the same number of them, as a body of rows would be answered.
   */
  private static PredictBody.Form form(List<Tensor> outputs) {
    long counts =
        outputs.stream()
            .mapToLong(output -> output.shape().rank() == 0 ? -1 : output.shape().size(0))
            .distinct()
            .count();
    boolean haveRows = outputs.stream().allMatch(output -> output.shape().rank() > 0);
    return counts == 1 && haveRows ? PredictBody.Form.INSTANCES : PredictBody.Form.INPUTS;
  }
}
