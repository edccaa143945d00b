package io.millrace.server.bench;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * How a server fared under one load.
 *
 * @param elapsedNanos from the beginning to the end of the time in which calls were started, or to
 *     the last answer if a number of calls ended the run
 * @param answeredInTime answers within that time
 * @param rowsPerRequest how many rows each answered call computed
 * @param latencies of all calls that were answered, in nanoseconds
 * @param failures how many calls failed, by reason
 * @param lags how much later than meant the calls of an open loop were sent, in nanoseconds
 */
public record LoadResult(
    Load load,
    long elapsedNanos,
    long answeredInTime,
    long rowsPerRequest,
    Histogram latencies,
    Map<String, Long> failures,
    Histogram lags) {
  public LoadResult {
    failures = Collections.unmodifiableSortedMap(new TreeMap<>(failures));
  }

  /** How many calls were answered, in time or later. */
  public long answered() {
    return latencies.getTotalCount();
  }

  public long failed() {
    return failures.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Answers per second. */
  public double requestsPerSecond() {
    return answeredInTime * (double) TimeUnit.SECONDS.toNanos(1) / Math.max(1, elapsedNanos);
  }

  public double rowsPerSecond() {
    return requestsPerSecond() * rowsPerRequest;
  }

  /** The latency that so many percent of the answered calls stayed within. */
  public double millisAt(double percentile) {
    return latencies.getValueAtPercentile(percentile) / 1e6;
  }

  public double maxMillis() {
    return latencies.getMaxValue() / 1e6;
  }
}
