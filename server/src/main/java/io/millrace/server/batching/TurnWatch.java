package io.millrace.server.batching;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Ends runs that hold up an event loop for longer than was thought: what a call costs can depend on
 * its values. Thread-safe; its thread starts with the first batcher, ends with the last, and sleeps
 * while none of them runs anything.
 */
final class TurnWatch {
  private static final long LIMIT_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long PERIOD_MILLIS = 5;

  /** How many times it sees no run before it sleeps. */
  private static final int PATIENCE = 20;

  private final Set<TurnBatcher> batchers = ConcurrentHashMap.newKeySet();
  private volatile boolean asleep;

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

  synchronized void remove(TurnBatcher batcher) {
    batchers.remove(batcher);
    asleep = false;
    notifyAll();
  }

  /** Call it when a batcher begins a run. */
  void began() {
    if (asleep) {
      wakeUp();
    }
  }

  private synchronized void wakeUp() {
    asleep = false;
    notifyAll();
  }

  private void watch() {
    try {
      for (int idle = 0; isNeeded(); ) {
        Thread.sleep(PERIOD_MILLIS);
        idle = look(System.nanoTime()) ? 0 : idle + 1;
        if (idle >= PATIENCE) {
          sleep();
          idle = 0;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean isNeeded() {
    watching = !batchers.isEmpty();
    return watching;
  }

  /** A run that begins now sees the flag, and one that began before is seen here. */
  private synchronized void sleep() throws InterruptedException {
    asleep = true;
    if (batchers.isEmpty() || batchers.stream().anyMatch(TurnBatcher::hasRunSinceLook)) {
      asleep = false;
    }
    while (asleep) {
      wait();
    }
  }

  /** Ends what has run for too long by now; whether anything has run since the last look. */
  boolean look(long nowNanos) {
    boolean hasRun = false;
    for (TurnBatcher batcher : batchers) {
      hasRun |= batcher.hasRunSinceLook();
      if (batcher.hasRunFor(LIMIT_NANOS, nowNanos)) {
        batcher.stopRun();
      }
    }
    return hasRun;
  }
}
