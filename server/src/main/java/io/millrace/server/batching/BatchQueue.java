package io.millrace.server.batching;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** The requests of one version that wait for an instance, first come first served. Thread-safe. */
final class BatchQueue {
  private final int capacity;

  // Guarded by this.
  private final Deque<PendingRequest> waiting = new ArrayDeque<>();
  private boolean closed;

  BatchQueue(int capacity) {
    this.capacity = capacity;
  }

  /** Adds a request unless the queue is full or closed; never waits. */
  synchronized boolean offer(PendingRequest request) {
    if (closed || waiting.size() == capacity) {
      return false;
    }
    waiting.addLast(request);
    notify();
    return true;
  }

  /** The next request; waits for one, and is empty once the queue is closed and drained. */
  synchronized Optional<PendingRequest> take() throws InterruptedException {
    while (waiting.isEmpty() && !closed) {
      wait();
    }
    return Optional.ofNullable(waiting.pollFirst());
  }

  /** Takes out the requests that the condition holds for. */
  synchronized List<PendingRequest> remove(Predicate<PendingRequest> condition) {
    List<PendingRequest> removed = new ArrayList<>();
    for (Iterator<PendingRequest> each = waiting.iterator(); each.hasNext(); ) {
      PendingRequest request = each.next();
      if (condition.test(request)) {
        each.remove();
        removed.add(request);
      }
    }
    return removed;
  }

  /** Lets the takers go when they have taken what is there. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }
}
