package io.millrace.server.batching;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

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

  /** Lets the takers go when they have taken what is there. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }
}
