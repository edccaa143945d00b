package io.millrace.server.batching;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.time.Duration;
import java.util.Optional;

/**
 * Who may wait: whom the instances answer before the deadline, by what their rows have cost lately,
 * and who finds room in the queue. A refusal takes microseconds. Thread-safe.
 *
 * <p>A queue that is not empty for long is no burst but an overload. Then a call may wait for a
 * part of its time alone: nobody gains when all wait so long that the last moment is missed.
 */
final class Admission {
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** The part of its time for which a call may wait in an overload, and which makes it one. */
  private static final int PART_IN_OVERLOAD = 3;

  private final BatchQueue queue;
  private final RunCost cost;
  private final int instances;
  private final QueueSweep sweep;

  Admission(BatchQueue queue, RunCost cost, int instances) {
    this.queue = queue;
    this.cost = cost;
    this.instances = instances;
    this.sweep = new QueueSweep(queue, cost.totals(), System.nanoTime());
  }

  /** Takes a call into the queue, or says why not. */
  Optional<ServingException> admit(PendingRequest pending) {
    if (isAdmitted(pending) || (sweep.makesRoom(pending.enqueuedNanos()) && isAdmitted(pending))) {
      return Optional.empty();
    }
    return Optional.of(refusal(pending));
  }

  private boolean isAdmitted(PendingRequest pending) {
    return isInTime(pending) && queue.offer(pending);
  }

  /** Who is first runs at once: what a run costs is known by running. */
  private boolean isInTime(PendingRequest pending) {
    long wait = waitNanos(pending.request());
    return wait == 0 || wait + cost.nanosFor(pending.rows()) <= patienceNanos(pending);
  }

  private long patienceNanos(PendingRequest pending) {
    long left = leftNanos(pending);
    long part = left / PART_IN_OVERLOAD;
    return queue.busyNanos(pending.enqueuedNanos()) > part ? part : left;
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
    long needed = wait + cost.nanosFor(pending.rows());
    long left = leftNanos(pending);
    String message =
        wait > 0 && needed > left
            ? ("the calls of model '" + model + "' that wait on this server and this one take ")
                + ("about " + needed / NANOS_PER_MILLI + " ms, and its caller waits for ")
                + (left / NANOS_PER_MILLI + " ms; try again later or wait longer")
            : ("too many calls of model '" + model + "' are waiting on this server; ")
                + "try again in a moment";
    return ServingException.refusal(Reason.MODEL_QUEUE_FULL, message, Duration.ofNanos(wait));
  }
}
