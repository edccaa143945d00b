package io.millrace.server.rest;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** Runs models for bodies that were read, within the time that those name. Thread-safe. */
record ModelRuns(Function<InferenceRequest, CompletionStage<InferenceResponse>> infer) {
  CompletionStage<InferenceResponse> run(ModelPath path, InferBody body, Patience patience) {
    InferenceRequest request =
        new InferenceRequest(
            path.model(),
            path.selector(),
            body.inputs(),
            body.outputs().names(),
            patience.deadlineNanos(),
            patience.cancellation());
    long timeoutMicros = body.parameters().timeoutMicros();
    CompletionStage<InferenceResponse> response =
        infer.apply(
            body.parameters().applyTo(request, System.nanoTime()).naming(body.outputs().classes()));
    return timeoutMicros == 0 ? response : endedAfter(timeoutMicros, response);
  }

  /** Ends a call at a time that only its body names: gRPC knows of its deadline alone. */
  private static CompletionStage<InferenceResponse> endedAfter(
      long micros, CompletionStage<InferenceResponse> response) {
    return response
        .toCompletableFuture()
        .copy()
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
