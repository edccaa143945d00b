package io.millrace.server.batching;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * The requests of one version that wait for an instance. The one whose caller stops waiting first
 * leaves first, and with it those that may run together with it. Thread-safe.
 */
final class BatchQueue {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final BatchPolicy policy;
  private final int capacity;
  private final LongSupplier nanoTime;

  // Guarded by this.
  private final NavigableSet<PendingRequest> waiting = new TreeSet<>(PendingRequest::byUrgency);
  private long rows;
  private long arrivals;
  private int freeInstances;
  private boolean closed;

  /**
   * @param capacity requests that may wait; their bytes are bounded where they are admitted
   */
  BatchQueue(BatchPolicy policy, int capacity, LongSupplier nanoTime) {
    this.policy = policy;
    this.capacity = capacity;
    this.nanoTime = nanoTime;
  }

  /** Adds a request unless the queue is full or closed; never waits. */
  synchronized boolean offer(PendingRequest request) {
    if (closed || waiting.size() >= capacity) {
      return false;
    }
    request.enter(++arrivals);
    waiting.add(request);
    rows += request.rows();
    notify();
    return true;
  }

  /** Adds requests that ran elsewhere in vain; whether all of them fitted. */
  synchronized boolean takeOver(Batch batch) {
    if (closed || waiting.size() + batch.requests().size() > capacity) {
      return false;
    }
    batch.requests().forEach(this::offer);
    return true;
  }

  /** The rows that wait. */
  synchronized long rows() {
    return rows;
  }

  /** The next batch; waits for one, and is empty once the queue is closed and drained. */
  synchronized Optional<Batch> take() throws InterruptedException {
    freeInstances++;
    try {
      while (!closed || !waiting.isEmpty()) {
        long waited = waitedNanos();
        long wanted = waiting.isEmpty() ? 0 : policy.rowsToTake(rows, freeInstances, waited);
        if (wanted > 0) {
          return Optional.of(remove(wanted));
        }
        long patience = patienceNanos(waited);
        wait(patience / NANOS_PER_MILLI, (int) (patience % NANOS_PER_MILLI));
      }
      return Optional.empty();
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
    long now = nanoTime.getAsLong();
    return waiting.stream().mapToLong(request -> now - request.enqueuedNanos()).max().orElse(0);
  }

  /** How long to wait for company; 0, which means for ever, where nobody waits. */
  private long patienceNanos(long waitedNanos) {
    return waiting.isEmpty() ? 0 : policy.maxDelayNanos() - waitedNanos;
  }

  /** The most urgent request, and with it others up to so many rows. */
  private Batch remove(long wanted) {
    PendingRequest first = waiting.first();
    List<PendingRequest> taken = new ArrayList<>();
    long room = wanted;
    for (Iterator<PendingRequest> each = waiting.iterator(); each.hasNext() && room > 0; ) {
      PendingRequest next = each.next();
      boolean fits = next.rows() <= room && policy.mayShare(first.request(), next.request());
      if (next == first || fits) {
        taken.add(next);
        each.remove();
        room -= next.rows();
      }
    }
    Batch batch = new Batch(taken);
    rows -= batch.rows();
    return batch;
  }

  /** Takes a request out; whether it was still there. */
  synchronized boolean remove(PendingRequest request) {
    boolean removed = waiting.remove(request);
    rows -= removed ? request.rows() : 0;
    return removed;
  }

  /** Takes out the requests that the condition holds for. */
  synchronized List<PendingRequest> remove(Predicate<PendingRequest> condition) {
    List<PendingRequest> removed = waiting.stream().filter(condition).toList();
    removed.forEach(waiting::remove);
    rows -= removed.stream().mapToLong(PendingRequest::rows).sum();
    return removed;
  }

  /** Lets the takers go when they have taken what is there. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }
}
