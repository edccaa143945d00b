package io.millrace.server.batching;

import io.millrace.server.model.Priority;
import io.millrace.server.model.QueueBounds;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of one version that wait for an instance. The most urgent leaves first, and with it
 * those that may run together with it. Thread-safe.
 */
final class BatchQueue {
  private static final Logger log = LoggerFactory.getLogger(BatchQueue.class);
  private static final long NANOS_PER_MILLI = 1_000_000;

  /**
   * The part of the queue that only calls of high priority may fill: others cannot shut them out.
   */
  private static final int SHARE_FOR_HIGH = 8;

  private final BatchPolicy policy;
  private final QueueBounds bounds;
  private final LongSupplier nanoTime;

  // Guarded by this.
  private final Lanes waiting = new Lanes();
  private long arrivals;
  private long busySince;
  private int freeInstances;
  private final Deque<Runnable> resting = new ArrayDeque<>();
  private boolean closed;

  /**
   * What a taker gets.
   *
   * @param mayRest whether it is called back when there is more
   */
  record Taken(Optional<Batch> batch, boolean mayRest) {
    private static final Taken REST = new Taken(Optional.empty(), true);
    private static final Taken END = new Taken(Optional.empty(), false);
  }

  /**
   * @param bounds what may wait; a call that is alone may be larger
   */
  BatchQueue(BatchPolicy policy, QueueBounds bounds, LongSupplier nanoTime) {
    this.policy = policy;
    this.bounds = bounds;
    this.nanoTime = nanoTime;
  }

  /** How its batches are made. */
  BatchPolicy policy() {
    return policy;
  }

  /** Adds a request unless the queue is full or closed; never waits. */
  synchronized boolean offer(PendingRequest request) {
    boolean isHigh = request.request().priority() == Priority.HIGH;
    if (!hasRoom(1, request.bytes(), isHigh ? 0 : 1)) {
      return false;
    }
    add(request);
    return true;
  }

  // Guarded by this.
  private boolean hasRoom(int calls, long bytes, int sharesKept) {
    long mostCalls = bounds.calls() - (long) sharesKept * (bounds.calls() / SHARE_FOR_HIGH);
    long mostBytes = bounds.bytes() - sharesKept * (bounds.bytes() / SHARE_FOR_HIGH);
    return !closed
        && waiting.size() + calls <= mostCalls
        && (waiting.isEmpty() || waiting.bytes() <= mostBytes - bytes);
  }

  // Guarded by this.
  private void add(PendingRequest request) {
    if (waiting.isEmpty()) {
      busySince = nanoTime.getAsLong();
    }
    request.enter(++arrivals);
    waiting.add(request);
    notify();
    if (waiting.size() > freeInstances && !resting.isEmpty()) {
      callBack();
    }
  }

  // Guarded by this.
  private void callBack() {
    Runnable rested = resting.remove();
    try {
      rested.run();
    } catch (Throwable e) {
      // There is no thread for it now; the next call tries again.
      resting.add(rested);
      log.error("a call waits, as no thread could be started", e);
    }
  }

  /** Adds requests that ran elsewhere in vain; whether all of them fitted. */
  synchronized boolean takeOver(Batch batch) {
    if (!hasRoom(batch.requests().size(), batch.bytes(), 0)) {
      return false;
    }
    batch.requests().forEach(this::add);
    return true;
  }

  /** The rows that wait. */
  synchronized long rows() {
    return waiting.rows();
  }

  /** For how long somebody has been waiting without a break. */
  synchronized long busyNanos(long nowNanos) {
    return waiting.isEmpty() ? 0 : nowNanos - busySince;
  }

  /** The rows that are served before those of a call with this priority and no hurry. */
  synchronized long rowsAheadOf(Priority priority) {
    return waiting.rowsAheadOf(priority);
  }

  /** The next batch; waits for one, and is empty once the queue is closed and drained. */
  Optional<Batch> take() throws InterruptedException {
    return take(Long.MAX_VALUE, () -> {}).batch();
  }

  /**
   * The next batch; waits for one. None is left once the queue is closed and drained. A taker that
   * finds nothing for so long may go and do something else.
   *
   * @param restNanos from when on it may rest; 0 if at once
   * @param whenMore called once, after a rest, when it shall take again; quickly, for callers wait
   */
  synchronized Taken take(long restNanos, Runnable whenMore) throws InterruptedException {
    long began = nanoTime.getAsLong();
    freeInstances++;
    try {
      while (!closed || !waiting.isEmpty()) {
        long waited = waitedNanos();
        long wanted =
            waiting.isEmpty() ? 0 : policy.rowsToTake(waiting.rows(), freeInstances, waited);
        if (wanted > 0) {
          return new Taken(Optional.of(waiting.takeBatch(wanted, policy)), false);
        }
        long patience = restNanos - (nanoTime.getAsLong() - began);
        if (!waiting.isEmpty()) {
          patience = policy.maxDelayNanos() - waited;
        } else if (patience <= 0) {
          resting.add(whenMore);
          return Taken.REST;
        }
        wait(patience / NANOS_PER_MILLI, (int) (patience % NANOS_PER_MILLI));
      }
      return Taken.END;
    } finally {
      freeInstances--;
    }
  }

  private long waitedNanos() {
    if (closed) {
      return Long.MAX_VALUE;
    }
    if (policy.maxDelayNanos() == 0) {
      return 0;
    }
    return waiting.longestWait(nanoTime.getAsLong());
  }

  /** Takes a request out; whether it was still there. */
  synchronized boolean remove(PendingRequest request) {
    return waiting.remove(request);
  }

  /** Takes out the requests that the condition holds for. */
  synchronized List<PendingRequest> remove(Predicate<PendingRequest> condition) {
    List<PendingRequest> removed = waiting.matching(condition);
    removed.forEach(waiting::remove);
    return removed;
  }

  /** Lets the takers go when they have taken what is there. */
  synchronized void close() {
    closed = true;
    notifyAll();
    for (int left = resting.size(); left > 0; left--) {
      callBack();
    }
  }
}
