package io.millrace.server.batching;

import java.util.List;

/**
 * What happens when callers go: their requests leave the queue, and a run that nobody waits for any
 * more ends. Thread-safe.
 */
record Departures(BatchQueue queue, List<InstanceWorker> workers, RunTotals totals) {
  /** Follows the caller of a request that is in the queue. */
  void follow(PendingRequest pending) {
    pending.request().cancellation().whenOver(() -> leave(pending));
  }

  private void leave(PendingRequest pending) {
    if (pending.answer().isDone()) {
      return;
    }
    pending.leave();
    if (queue.remove(pending)) {
      long now = System.nanoTime();
      pending.request().observer().dropped(pending.enqueuedNanos(), now);
      pending.abandon(now, totals);
    } else {
      workers.forEach(InstanceWorker::stopUnwanted);
    }
  }

  /** Takes over requests whose run on an event loop was ended; whether the queue has room. */
  boolean takeOver(Batch batch) {
    boolean taken = queue.takeOver(batch);
    if (taken) {
      batch.requests().forEach(this::follow);
    }
    return taken;
  }
}
