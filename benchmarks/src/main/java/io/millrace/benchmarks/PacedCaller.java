package io.millrace.benchmarks;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
import org.HdrHistogram.Histogram;

/**
 * One of many callers who together ask at a steady pace for what a version of {@link StampedModel}
 * says of itself. Where all of them wait for answers, the calls that are due meanwhile are late,
 * and their time counts from when they were meant to begin. Confined to one thread.
 */
final class PacedCaller {
  private static final String RIGHT = "right";

  private final Ask ask;
  private final LiveVersions live;
  private final Tally tally;

  PacedCaller(Ask ask, LiveVersions live, Tally tally) {
    this.ask = ask;
    this.live = live;
    this.tally = tally;
  }

  /** A call that gives the number in its answer. */
  interface Ask {
    /**
     * Blocks until the answer is there.
     *
     * @throws Exception whatever the client throws where there is none
     */
    double version() throws Exception;
  }

  /** When calls are due, one after the other, whoever makes them. Thread-safe. */
  static final class Pace {
    private final long first = System.nanoTime();
    private final double periodNanos;
    private final AtomicLong calls = new AtomicLong();

    Pace(double perSecond) {
      periodNanos = 1e9 / perSecond;
    }

    long next() {
      return first + (long) (calls.getAndIncrement() * periodNanos);
    }
  }

  /** How the calls of all callers ended, and how long they took in microseconds. */
  static final class Tally {
    private final Map<String, Long> ends = new ConcurrentHashMap<>();
    private final Histogram micros = new Histogram(TimeUnit.MINUTES.toMicros(2), 3);

    void add(String end, long nanos) {
      ends.merge(end, 1L, Long::sum);
      synchronized (micros) {
        micros.recordValue(Math.min(nanos / 1_000, micros.getHighestTrackableValue()));
      }
    }

    long right() {
      return ends.getOrDefault(RIGHT, 0L);
    }

    /** All other ends, by what they were. */
    Map<String, Long> failures() {
      Map<String, Long> failures = new ConcurrentHashMap<>(ends);
      failures.remove(RIGHT);
      return failures;
    }

    double p99Millis() {
      synchronized (micros) {
        return micros.getValueAtPercentile(99) / 1e3;
      }
    }

    double maxMillis() {
      synchronized (micros) {
        return micros.getMaxValue() / 1e3;
      }
    }
  }

  /** Takes the next call whenever it is free, for as long as it shall. */
  void run(Pace pace, BooleanSupplier shall) {
    while (shall.getAsBoolean()) {
      long due = pace.next();
      sleepUntil(due);
      long oldest = live.oldest();
      String end = end(version -> version >= oldest && version <= live.newest());
      tally.add(end, System.nanoTime() - due);
    }
  }

  private String end(LongPredicate isLive) {
    try {
      double answer = ask.version();
      long version = Math.round(answer);
      return version == answer && isLive.test(version) ? RIGHT : "wrong: " + answer;
    } catch (Exception e) {
      return e.toString();
    }
  }

  private static void sleepUntil(long moment) {
    for (long left = moment - System.nanoTime(); left > 0; left = moment - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
