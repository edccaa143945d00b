package io.millrace.server.batching;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.time.Duration;
import java.util.Optional;

/**
 * Who may wait: whom the instances get to before the deadline, by what their rows have cost lately,
 * and who finds room in the queue. A refusal takes microseconds. Thread-safe.
 */
final class Admission {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final BatchQueue queue;
  private final RunCost cost;
  private final int instances;
  private final QueueSweep sweep;

  Admission(BatchQueue queue, RunCost cost, int instances) {
    this.queue = queue;
    this.cost = cost;
    this.instances = instances;
    this.sweep = new QueueSweep(queue, System.nanoTime());
  }

  /** Takes a call into the queue, or says why not. */
  Optional<ServingException> admit(PendingRequest pending) {
    if (isAdmitted(pending) || (sweep.makesRoom(pending.enqueuedNanos()) && isAdmitted(pending))) {
      return Optional.empty();
    }
    return Optional.of(refusal(pending));
  }

  private boolean isAdmitted(PendingRequest pending) {
    return waitNanos(pending.request()) <= leftNanos(pending) && queue.offer(pending);
  }

  private long waitNanos(InferenceRequest request) {
    return cost.nanosFor(queue.rowsAheadOf(request.priority())) / instances;
  }

  private static long leftNanos(PendingRequest pending) {
    return Math.max(pending.request().deadlineNanos() - pending.enqueuedNanos(), 0);
  }

  private ServingException refusal(PendingRequest pending) {
    // The name is in the repository, so it needs no escaping.
    String model = pending.request().model();
    long wait = waitNanos(pending.request());
    long left = leftNanos(pending);
    String message =
        wait > left
            ? ("the calls of model '" + model + "' that wait on this server take about ")
                + (wait / NANOS_PER_MILLI + " ms, and this call waits for ")
                + (left / NANOS_PER_MILLI + " ms; try again later or wait longer")
            : ("too many calls of model '" + model + "' are waiting on this server; ")
                + "try again in a moment";
    return ServingException.refusal(Reason.MODEL_QUEUE_FULL, message, Duration.ofNanos(wait));
  }
}
