package io.millrace.server.rest;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.millrace.server.image.Decoding;
import io.millrace.server.image.ImageDecoder;
import io.millrace.server.inference.AnswerRoom;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionSelector;
import io.millrace.server.rest.ChosenVersions.Chosen;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Predict, with TensorFlow Serving's JSON and with bodies that people really have: images, texts,
 * arrays, forms. The answer is as TensorFlow Serving's, or NumPy's if the caller accepts that. May
 * take long. Thread-safe.
 */
final class ContentCalls {
  private final ChosenVersions versions;
  private final Function<InferenceRequest, CompletionStage<InferenceResponse>> infer;
  private final ImageDecoder images;
  private final Limits limits;
  private final int maxBytes;

  /**
   * How much may be read and written.
   *
   * @param maxBytes of a body, of a tensor in it, and of an answer
   * @param answerRoom memory for an answer that names classes, which takes many times its scores
   */
  record Limits(int maxBytes, Supplier<AnswerRoom> answerRoom) {}

  ContentCalls(
      ChosenVersions versions,
      Function<InferenceRequest, CompletionStage<InferenceResponse>> infer,
      ImageDecoder images,
      Limits limits) {
    this.versions = versions;
    this.infer = infer;
    this.images = images;
    this.limits = limits;
    this.maxBytes = limits.maxBytes();
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
    return versions.answer(path, version -> run(version, body, query, patience));
  }

  /** What images become is counted with them until the model's call counts it with its inputs. */
  private CompletionStage<HttpBody> run(
      Chosen version, RequestBody body, ContentQuery query, Patience patience) {
    Answer answer = answer(version, query);
    try (Decoding decoding = images.begin(patience::refuseIfOver)) {
      Inputs inputs = read(version, body, query, decoding);
      // Until the answer comes nothing of the body is kept but this.
      Optional<PredictBody.Form> form = inputs.form();
      InferenceRequest request = request(version, inputs, patience);
      return infer
          .apply(query.wantsClasses() ? request.onInstances() : request)
          .thenApply(response -> answer.write(form, response));
    }
  }

  private Inputs read(Chosen version, RequestBody body, ContentQuery query, Decoding decoding) {
    if (body.kind() != ContentKind.JSON) {
      return new Inputs(inputs(version, decoding).read(body, query), Optional.empty());
    }
    PredictBody read = readJson(version, body, pictures(version, body, decoding));
    return new Inputs(read.inputs(), Optional.of(read.form()));
  }

  private PredictBody readJson(Chosen version, RequestBody body, PictureInputs pictures) {
    ByteString plain = body.plain(maxBytes);
    MistakenJson.refuseFile(body.type(), plain);
    try {
      return PredictBody.read(
          new JsonText(plain), new InputValues(version.signature(), pictures, maxBytes));
    } catch (ServingException e) {
      throw MistakenJson.advised(e, body.type(), plain);
    }
  }

  /** How the pictures in a body of JSON are read. */
  static PictureInputs pictures(Chosen version, RequestBody body, Decoding decoding) {
    return new PictureInputs(
        version.preprocess(),
        () -> {
          body.requireTime();
          return decoding;
        });
  }

  private ContentInputs inputs(Chosen chosen, Decoding decoding) {
    return new ContentInputs(chosen.signature(), chosen.preprocess(), decoding, maxBytes);
  }

  private static InferenceRequest request(Chosen chosen, Inputs inputs, Patience patience) {
    return new InferenceRequest(
        chosen.id().model(),
        new VersionSelector.ByNumber(chosen.id().version()),
        inputs.tensors(),
        List.of(),
        patience.deadlineNanos(),
        patience.cancellation());
  }

  /** Writes outputs, in the form of the body if that had one. */
  private interface Answer {
    HttpBody write(Optional<PredictBody.Form> form, InferenceResponse response);
  }

  /** What cannot be answered is refused here, before anything is decoded or run. */
  private Answer answer(Chosen version, ContentQuery query) {
    Signature signature = version.signature();
    boolean isNpy = query.wantsNpy() && NpyAnswer.fits(signature);
    if (query.wantsNpy() && !isNpy && !query.acceptsJson()) {
      throw NpyAnswer.refusal(signature);
    }
    Map<String, Integer> classes = version.among(query.classes());
    if (isNpy && !classes.isEmpty()) {
      throw Refusals.malformed(
          "top_k", "?top_k names classes, which NumPy's arrays cannot hold; accept JSON");
    }
    JsonAnswer limited = new JsonAnswer(maxBytes);
    if (isNpy) {
      NpyAnswer array = new NpyAnswer(limited);
      return (form, response) -> array.write(response.outputs().get(0));
    }
    PredictAnswer json = new PredictAnswer(limited, classes);
    json.requireForms(signature.outputs());
    return classes.isEmpty()
        ? (form, response) -> json.write(form(form, response), response)
        : (form, response) -> writeClasses(classes, form(form, response), response);
  }

  /** From here to the door, which counts what it sends, an answer only passes. */
  private HttpBody writeClasses(
      Map<String, Integer> classes, PredictBody.Form form, InferenceResponse response) {
    try (AnswerRoom room = limits.answerRoom().get()) {
      return new PredictAnswer(new JsonAnswer(maxBytes, room::take), classes).write(form, response);
    }
  }

  private static PredictBody.Form form(
      Optional<PredictBody.Form> ofBody, InferenceResponse response) {
    return ofBody.orElseGet(() -> form(response.outputs()));
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
