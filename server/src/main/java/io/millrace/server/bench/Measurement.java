package io.millrace.server.bench;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** What happened to the calls of one run so far. Thread-safe. */
final class Measurement {
  private static final long LONGEST = TimeUnit.HOURS.toNanos(1);
  private static final int DIGITS = 3;

  private final Recorder recorder = new Recorder(LONGEST, DIGITS);
  private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
  private final LongAdder inWindow = new LongAdder();
  private final long windowEnd;

  // @GuardedBy("this")
  private final Histogram total = new Histogram(LONGEST, DIGITS);
  private volatile long lastEnd;

  /**
   * Counts from now on.
   *
   * @param windowEnd answers after this moment of {@link System#nanoTime()} count for the latency,
   *     not for the throughput
   */
  Measurement(long windowEnd) {
    this.windowEnd = windowEnd;
  }

  /**
   * A call was answered.
   *
   * @param meant when the call was meant to begin, which is what a user would have waited from
   */
  void answered(long meant, long now) {
    recorder.recordValue(Math.max(0, Math.min(now - meant, LONGEST)));
    if (now - windowEnd <= 0) {
      inWindow.increment();
    }
    lastEnd = now;
  }

  void failed(String reason, long now) {
    failures.computeIfAbsent(reason, unused -> new LongAdder()).increment();
    lastEnd = now;
  }

  /** The latencies of answered calls since the last call of this method. */
  synchronized Histogram tick() {
    Histogram interval = recorder.getIntervalHistogram();
    total.add(interval);
    return interval;
  }

  /** All latencies so far. */
  synchronized Histogram latencies() {
    Histogram unused = tick();
    return total.copy();
  }

  long inWindow() {
    return inWindow.sum();
  }

  /** The moment at which the last call ended so far. */
  long lastEnd() {
    return lastEnd;
  }

  Map<String, Long> failures() {
    Map<String, Long> counts = new TreeMap<>();
    failures.forEach((reason, count) -> counts.put(reason, count.sum()));
    return counts;
  }

  long failed() {
    return failures.values().stream().mapToLong(LongAdder::sum).sum();
  }
}
