package io.millrace.server.batching;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A request that waits for an instance, and the promise made to its caller. Thread-safe. */
final class PendingRequest {
  private final InferenceRequest request;
  private final long enqueuedNanos;
  private final CompletableFuture<List<Tensor>> answer = new CompletableFuture<>();
  private volatile boolean gone;

  /** Guarded by the queue that gave it. */
  private long number;

  PendingRequest(InferenceRequest request, long nowNanos) {
    this.request = request;
    this.enqueuedNanos = nowNanos;
  }

  InferenceRequest request() {
    return request;
  }

  CompletableFuture<List<Tensor>> answer() {
    return answer;
  }

  long enqueuedNanos() {
    return enqueuedNanos;
  }

  long rows() {
    return request.rows();
  }

  /** The size of its inputs. */
  long bytes() {
    long bytes = 0;
    for (Tensor input : request.inputs()) {
      bytes += input.byteCount();
    }
    return bytes;
  }

  /**
   * Gives it a place in a queue.
   *
   * @param place 1 or more, which tells it from others that came before it and after it
   */
  void enter(long place) {
    number = place;
  }

  /** Its caller waits no more. */
  void leave() {
    gone = true;
  }

  /** Whether its caller was seen to leave. */
  boolean isGone() {
    return gone;
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
  void abandon(long nowNanos, RunTotals totals) {
    totals.failed(this, nowNanos);
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
