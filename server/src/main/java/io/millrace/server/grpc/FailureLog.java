package io.millrace.server.grpc;

import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/**
 * Logs failures of the server's own with their stack, a few in each window of time; the rest are
 * counted, so that a fault under load does not fill the disk. Thread-safe.
 */
final class FailureLog {
  static final int PER_WINDOW = 10;
  static final Duration WINDOW = Duration.ofSeconds(10);

  private final BiConsumer<String, Throwable> log;
  private final LongSupplier nanoTime;

  // Guarded by this.
  private long windowStart;
  private int inWindow;
  private long suppressed;

  FailureLog(BiConsumer<String, Throwable> log, LongSupplier nanoTime) {
    this.log = log;
    this.nanoTime = nanoTime;
    this.windowStart = nanoTime.getAsLong();
  }

  void record(String method, String errorId, Throwable failure) {
    long missed = admit();
    if (missed >= 0) {
      String note = missed == 0 ? "" : "; %d more were not logged before it".formatted(missed);
      log.accept("a call of %s failed, errorId %s%s".formatted(method, errorId, note), failure);
    }
  }

  /** How many were passed over since the last one that was logged, or -1 to pass over this too. */
  private synchronized long admit() {
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
