package io.millrace.server.grpc;

import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/**
 * Logs failures of the server's own with their stack, within a {@link LogBudget}; for calls that
 * nobody records, such as health checks. Thread-safe.
 */
final class FailureLog {
  private final BiConsumer<String, Throwable> log;
  private final LogBudget budget;

  FailureLog(BiConsumer<String, Throwable> log, LongSupplier nanoTime) {
    this.log = log;
    this.budget = new LogBudget(nanoTime);
  }

  void record(String method, String errorId, Throwable failure) {
    long missed = budget.admit();
    if (missed >= 0) {
      String note = missed == 0 ? "" : "; %d more were not logged before it".formatted(missed);
      log.accept("a call of %s failed, errorId %s%s".formatted(method, errorId, note), failure);
    }
  }
}
