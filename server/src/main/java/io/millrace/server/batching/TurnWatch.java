package io.millrace.server.batching;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Ends runs that hold up an event loop for longer than was thought: what a call costs can depend on
 * its values. Thread-safe; its thread starts with the first batcher and ends with the last.
 */
final class TurnWatch {
  private static final long LIMIT_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long PERIOD_MILLIS = 5;

  private final Set<TurnBatcher> batchers = ConcurrentHashMap.newKeySet();

  // Guarded by this.
  private boolean watching;

  void add(TurnBatcher batcher) {
    batchers.add(batcher);
    synchronized (this) {
      if (!watching) {
        watching = true;
        Thread thread = new Thread(this::watch, "turn-watch");
        thread.setDaemon(true);
        thread.start();
      }
    }
  }

  void remove(TurnBatcher batcher) {
    batchers.remove(batcher);
  }

  private void watch() {
    try {
      while (isNeeded()) {
        Thread.sleep(PERIOD_MILLIS);
        look(System.nanoTime());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean isNeeded() {
    watching = !batchers.isEmpty();
    return watching;
  }

  /** Ends what has run for too long by now. */
  void look(long nowNanos) {
    for (TurnBatcher batcher : batchers) {
      if (batcher.hasRunFor(LIMIT_NANOS, nowNanos)) {
        batcher.stopRun();
      }
    }
  }
}
