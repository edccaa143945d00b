package io.millrace.server.rest;

import com.google.api.HttpBody;
import io.millrace.server.lifecycle.ModelManager;
import io.millrace.server.lifecycle.ServableHandle;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.VersionSelector;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * The calls that run models: read the body, infer, write the answer. May take long for a large
 * body. Thread-safe.
 */
final class BodyCalls {
  private final ModelManager manager;
  private final Function<InferenceRequest, CompletionStage<InferenceResponse>> infer;
  private final int maxBytes;

  BodyCalls(
      ModelManager manager,
      Function<InferenceRequest, CompletionStage<InferenceResponse>> infer,
      int maxBytes) {
    this.manager = manager;
    this.infer = infer;
    this.maxBytes = maxBytes;
  }

  /** Those whose bodies hold examples. */
  ExampleCalls examples() {
    return new ExampleCalls(manager, infer, maxBytes);
  }

  private record Chosen(ModelVersionId id, Signature signature) {}

  private Chosen choose(ModelPath path) {
    try (ServableHandle handle = manager.acquire(path.model(), path.selector())) {
      return new Chosen(handle.id(), handle.servable().signature());
    }
  }

  /** TensorFlow Serving's predict. */
  CompletionStage<HttpBody> predict(
      ModelPath path, RequestBody body, Patience patience, ClassCounts classes) {
    patience.refuseIfOver();
    body.requireJson();
    Chosen chosen = choose(path);
    JsonText text = new JsonText(body.plain(maxBytes));
    CompletionStage<HttpBody> answer = predict(chosen, text, patience, classes);
    if (path.selector() instanceof VersionSelector.ByNumber) {
      return answer;
    }
    // The body was read by the signature of one version, so that very version has to run it. If it
    // has gone meanwhile, its successor is there.
    return answer.exceptionallyCompose(
        failure ->
            isGone(failure)
                ? predict(choose(path), text, patience, classes)
                : CompletableFuture.failedStage(failure));
  }

  private CompletionStage<HttpBody> predict(
      Chosen chosen, JsonText text, Patience patience, ClassCounts classes) {
    PredictAnswer answer =
        new PredictAnswer(new JsonAnswer(maxBytes), classes.among(chosen.signature().outputs()));
    PredictBody body = PredictBody.read(text, chosen.signature(), maxBytes);
    InferenceRequest request =
        new InferenceRequest(
            chosen.id().model(),
            new VersionSelector.ByNumber(chosen.id().version()),
            body.inputs(),
            List.of(),
            patience.deadlineNanos(),
            patience.cancellation());
    return infer.apply(request).thenApply(response -> answer.write(body.form(), response));
  }

  /** Whether the version that was chosen has left before it could run. */
  static boolean isGone(Throwable failure) {
    Throwable cause = failure.getCause();
    if (failure instanceof CompletionException && cause != null) {
      return isGone(cause);
    }
    return failure instanceof ServingException known && known.reason() == Reason.VERSION_NOT_FOUND;
  }

  /** The Open Inference Protocol's infer. */
  CompletionStage<HttpBody> infer(ModelPath path, RequestBody body, Patience patience) {
    patience.refuseIfOver();
    // A model that is not there spares the reading.
    var unused = choose(path);
    InferBody read = new InferReader(new JsonText(body.plain(maxBytes)), maxBytes).read();
    InferenceRequest request =
        new InferenceRequest(
            path.model(),
            path.selector(),
            read.inputs(),
            read.outputs(),
            patience.deadlineNanos(),
            patience.cancellation());
    InferAnswer answer = new InferAnswer(new JsonAnswer(maxBytes));
    long timeoutMicros = read.parameters().timeoutMicros();
    CompletionStage<HttpBody> answered =
        infer
            .apply(read.parameters().applyTo(request, System.nanoTime()).naming(read.classes()))
            .thenApply(response -> answer.write(read.id(), response));
    return timeoutMicros == 0 ? answered : endedAfter(timeoutMicros, answered);
  }

  /** Ends a call at a time that only its body names: gRPC knows of its deadline alone. */
  private static <T> CompletionStage<T> endedAfter(long micros, CompletionStage<T> answer) {
    return answer
        .toCompletableFuture()
        .orTimeout(micros, TimeUnit.MICROSECONDS)
        .exceptionallyCompose(
            failure ->
                CompletableFuture.failedStage(
                    failure instanceof TimeoutException ? tooLate(micros) : failure));
  }

  private static ServingException tooLate(long micros) {
    return ServingException.refusal(
        Reason.DEADLINE_IN_ENGINE,
        "no answer within %d microseconds, which is the timeout in the call's parameters"
            .formatted(micros));
  }
}
