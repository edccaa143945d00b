package io.millrace.server.grpc;

import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Writes a line for each call that failed, within a budget, and one for each call at all where the
 * access log is switched on. Values are the line's key-value pairs: the log's encoder escapes them.
 * Thread-safe.
 */
final class CallLog {
  private final Logger failures;
  private final Logger access;
  private final LogBudget faults;
  private final LogBudget refusals;
  private final Runnable whenDropped;

  /**
   * @param whenDropped runs for each failure that got no line
   */
  CallLog(Logger failures, Logger access, LongSupplier nanoTime, Runnable whenDropped) {
    this.failures = failures;
    this.access = access;
    this.faults = new LogBudget(nanoTime);
    this.refusals = new LogBudget(nanoTime);
    this.whenDropped = whenDropped;
  }

  void ended(CallSummary call) {
    passed(call);
    if (call.hasFailed()) {
      failed(call, call.failure());
    }
  }

  /** A call that did not fail, whatever its code says: the access log alone tells of it. */
  void passed(CallSummary call) {
    if (access.isInfoEnabled()) {
      Map<String, Object> fields = call.fields();
      fields.put("rows", call.rows());
      fields.put("bytes_in", call.bytesIn());
      fields.put("bytes_out", call.bytesOut());
      write(access.atInfo(), "call", fields);
    }
  }

  private void failed(CallSummary call, @Nullable KnownFailure failure) {
    if (failure != null && failure.isFault()) {
      fault(call, failure);
    } else if (failures.isWarnEnabled()) {
      within(refusals, call, failure, failures.atWarn());
    }
  }

  /** Told with the stack, and never crowded out by refusals. */
  private void fault(CallSummary call, KnownFailure failure) {
    within(faults, call, failure, failures.atError().setCause(failure.cause()));
  }

  private void within(
      LogBudget budget,
      CallSummary call,
      @Nullable KnownFailure failure,
      LoggingEventBuilder line) {
    long missed = budget.admit();
    if (missed < 0) {
      whenDropped.run();
      return;
    }
    Map<String, Object> fields = call.fields();
    if (failure != null) {
      fields.put("error", failure.message());
      if (failure.isFault()) {
        fields.put("error_id", failure.errorId());
      }
    }
    if (missed > 0) {
      fields.put("not_logged_before", missed);
    }
    write(line, "call failed", fields);
  }

  private static void write(LoggingEventBuilder line, String message, Map<String, Object> fields) {
    LoggingEventBuilder filled = line.setMessage(message);
    for (Map.Entry<String, Object> field : fields.entrySet()) {
      filled = filled.addKeyValue(field.getKey(), field.getValue());
    }
    filled.log();
  }
}
