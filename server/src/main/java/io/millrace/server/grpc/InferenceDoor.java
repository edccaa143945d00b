package io.millrace.server.grpc;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.millrace.server.model.Cancellation;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * What the inference services of both protocols share: how long a call may take, and how large its
 * answer may be.
 *
 * @param maxResponseBytes bound of all outputs of one answer together
 */
record InferenceDoor(
    Function<InferenceRequest, CompletionStage<InferenceResponse>> infer,
    Deadlines deadlines,
    long maxResponseBytes) {
  /** How long a caller waits. */
  record Patience(long deadlineNanos, Cancellation cancellation) {}

  /** Call it on the thread that gRPC hands the call to; its context knows the deadline. */
  Patience patience(StreamObserver<?> observer) {
    Context context = Context.current();
    Cancellation cancellation =
        observer instanceof ServerCallStreamObserver<?> call
            ? Cancellation.of(
                call::isCancelled,
                action -> context.addListener(ended -> action.run(), Runnable::run))
            : () -> false;
    return new Patience(deadlines.ofCurrentCall(), cancellation);
  }

  /** Call it on the thread that gRPC hands the call to, as {@link #patience}. */
  CompletionStage<InferenceResponse> run(InferenceRequest request) {
    CompletionStage<InferenceResponse> answer = infer.apply(request);
    return deadlines
        .ownLimit()
        .map(limit -> within(limit, answer))
        .orElse(answer)
        .thenApply(this::checked);
  }

  /** What is still running then goes on to its end, and nobody waits for it. */
  private static CompletionStage<InferenceResponse> within(
      Duration limit, CompletionStage<InferenceResponse> answer) {
    CompletableFuture<InferenceResponse> limited = answer.toCompletableFuture().copy();
    return limited
        .orTimeout(limit.toNanos(), TimeUnit.NANOSECONDS)
        .exceptionallyCompose(
            failure ->
                CompletableFuture.failedStage(
                    failure instanceof TimeoutException ? tooLate(limit) : failure));
  }

  private static ServingException tooLate(Duration limit) {
    return ServingException.refusal(
        Reason.DEADLINE_IN_ENGINE,
        "no answer within %d ms, which is as long as this call may wait"
            .formatted(limit.toMillis()));
  }

  private InferenceResponse checked(InferenceResponse response) {
    long bytes = response.outputs().stream().map(Tensor::data).mapToLong(d -> d.remaining()).sum();
    if (bytes > maxResponseBytes) {
      throw ServingException.refusal(
          Reason.MESSAGE_TOO_LARGE,
          "the outputs take %d bytes, the limit is %d; ask for fewer rows or outputs"
              .formatted(bytes, maxResponseBytes));
    }
    return response;
  }
}
