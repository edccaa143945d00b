package io.millrace.server.batching;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A request that waits for an instance, and the promise made to its caller.
 *
 * @param number tells it from others that arrived before it and after it
 * @param key what it must have in common with those that run together with it
 * @param gone set when its caller no longer waits
 */
record PendingRequest(
    InferenceRequest request,
    CompletableFuture<List<Tensor>> answer,
    long enqueuedNanos,
    long number,
    BatchKey key,
    AtomicBoolean gone) {
  private static final AtomicLong NUMBERS = new AtomicLong();

  static PendingRequest of(InferenceRequest request, long nowNanos, BatchKey key) {
    return new PendingRequest(
        request,
        new CompletableFuture<>(),
        nowNanos,
        NUMBERS.getAndIncrement(),
        key,
        new AtomicBoolean());
  }

  long rows() {
    return request.rows();
  }

  /** The size of its inputs. */
  long bytes() {
    long bytes = 0;
    for (Tensor input : request.inputs()) {
      bytes += input.data().remaining();
    }
    return bytes;
  }

  /** Which of two comes first: the one whose deadline does, else the one that arrived first. */
  static int byUrgency(PendingRequest one, PendingRequest other) {
    // The clock may pass the largest long between two deadlines, so their difference counts.
    int deadlines = Long.signum(one.request.deadlineNanos() - other.request.deadlineNanos());
    return deadlines == 0 ? Long.compare(one.number, other.number) : deadlines;
  }

  /** Whether nobody waits for it any more; one that cannot say so is left to its instance. */
  boolean isObsolete(long nowNanos) {
    try {
      return obsolete(nowNanos).isPresent();
    } catch (RuntimeException e) {
      return false;
    }
  }

  /** Ends a request that nobody waits for without running it. */
  void abandon(long nowNanos) {
    answer.completeExceptionally(obsolete(nowNanos).orElseGet(PendingRequest::cancelled));
  }

  /** Why it is not worth running any more, if so: nobody would see the answer. */
  Optional<ServingException> obsolete(long nowNanos) {
    if (request.cancellation().isRequested()) {
      return Optional.of(cancelled());
    }
    if (nowNanos - request.deadlineNanos() >= 0) {
      return Optional.of(
          ServingException.refusal(
              Reason.DEADLINE_IN_QUEUE,
              "the deadline passed after %d ms in the queue"
                  .formatted((nowNanos - enqueuedNanos) / 1_000_000)));
    }
    return Optional.empty();
  }

  private static ServingException cancelled() {
    return ServingException.refusal(Reason.CALL_CANCELLED, "the caller cancelled the call");
  }
}
