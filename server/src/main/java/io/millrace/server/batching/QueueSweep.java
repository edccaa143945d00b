package io.millrace.server.batching;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Takes those out of a full queue that nobody waits for any more. Nearly all of them leave of
 * themselves, and it looks at each that waits, so it works once in some milliseconds only: a
 * refusal must cost less than an answer. Thread-safe.
 */
final class QueueSweep {
  static final long PERIOD_NANOS = 5_000_000;

  private final BatchQueue queue;
  private final RunTotals totals;
  private final AtomicLong due;

  QueueSweep(BatchQueue queue, RunTotals totals, long nowNanos) {
    this.queue = queue;
    this.totals = totals;
    this.due = new AtomicLong(nowNanos);
  }

  /** Callers who have gone must not keep others out; whether it found any. */
  boolean makesRoom(long nowNanos) {
    long planned = due.get();
    if (nowNanos - planned < 0 || !due.compareAndSet(planned, nowNanos + PERIOD_NANOS)) {
      return false;
    }
    List<PendingRequest> obsolete = queue.remove(waiting -> waiting.isObsolete(nowNanos));
    obsolete.forEach(waiting -> waiting.abandon(nowNanos, totals));
    return !obsolete.isEmpty();
  }
}
