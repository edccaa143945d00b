package io.millrace.server.grpc;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Lets a few lines of a log through in each window of time and counts the rest, so that a fault
 * under load does not fill the disk. Thread-safe.
 */
final class LogBudget {
  static final int PER_WINDOW = 10;
  static final Duration WINDOW = Duration.ofSeconds(10);

  private final LongSupplier nanoTime;

  // Guarded by this.
  private long windowStart;
  private int inWindow;
  private long suppressed;

  LogBudget(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.windowStart = nanoTime.getAsLong();
  }

  /** How many were passed over since the last one that was logged, or -1 to pass over this too. */
  synchronized long admit() {
    long now = nanoTime.getAsLong();
    if (now - windowStart >= WINDOW.toNanos()) {
      windowStart = now;
      inWindow = 0;
    }
    if (inWindow == PER_WINDOW) {
      suppressed++;
      return -1;
    }
    inWindow++;
    long missed = suppressed;
    suppressed = 0;
    return missed;
  }
}
