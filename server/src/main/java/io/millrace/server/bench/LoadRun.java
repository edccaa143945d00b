package io.millrace.server.bench;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One run: puts a load on a server until the limit, then waits for the answers that are still due.
 * Used once; its callbacks come on any thread.
 */
final class LoadRun {
  /** Time for a deadline that has passed to come back as a failure. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final Setting setting;
  private final Limit limit;
  private final long began = System.nanoTime();
  private final long windowEnd;
  private final Measurement measurement;
  private final AtomicLong started = new AtomicLong();

  /** The calls under way, and one for the sending itself. */
  private final AtomicInteger underWay = new AtomicInteger(1);

  private final CountDownLatch allEnded = new CountDownLatch(1);
  private final Histogram lags = new Histogram(TimeUnit.HOURS.toNanos(1), 3);

  /**
   * What the calls have in common.
   *
   * @param requests sent in turn
   * @param check tells right answers from wrong ones, if anyone knows
   */
  record Setting(
      Caller caller,
      List<byte[]> requests,
      long rowsPerRequest,
      Duration deadline,
      @Nullable Predicate<byte[]> check) {}

  LoadRun(Setting setting, Limit limit) {
    this.setting = setting;
    this.limit = limit;
    this.windowEnd = began + limit.duration().toNanos();
    this.measurement = new Measurement(windowEnd);
  }

  Measurement measurement() {
    return measurement;
  }

  /** How long calls have been started so far. */
  Duration elapsed() {
    return Duration.ofNanos(Math.min(System.nanoTime(), windowEnd) - began);
  }

  LoadResult run(Load load, RandomGenerator random) throws InterruptedException {
    long end;
    if (load instanceof OpenLoop open) {
      end = runOpen(open, ArrivalSchedule.of(open, random));
    } else {
      runClosed((ClosedLoop) load);
      end = began;
    }
    return result(load, end);
  }

  // --- Closed loop ------------------------------------------------------------------------------

  private void runClosed(ClosedLoop load) throws InterruptedException {
    for (int i = 0; i < load.concurrency(); i++) {
      new Lane().next();
    }
    awaitAnswers();
  }

  /** The number of the call that may begin now, or -1 if the run has ended. */
  private long take(long now) {
    long number = now - windowEnd < 0 ? started.getAndIncrement() : Long.MAX_VALUE;
    return number < limit.requests() ? number : -1;
  }

  /** One caller of a closed loop. A call that ends before it was begun does not grow the stack. */
  private final class Lane {
    private final AtomicLong due = new AtomicLong();

    void next() {
      if (due.getAndIncrement() == 0) {
        do {
          long now = System.nanoTime();
          long number = take(now);
          if (number >= 0) {
            send(number, now, now, this::next);
          }
        } while (due.decrementAndGet() != 0);
      }
    }
  }

  // --- Open loop --------------------------------------------------------------------------------

  /** Returns the moment at which the next call would have been due. */
  private long runOpen(OpenLoop load, ArrivalSchedule schedule) throws InterruptedException {
    long due = began + schedule.nextNanos();
    for (long number = take(due); number >= 0; number = take(due)) {
      sleepUntil(due);
      long now = System.nanoTime();
      lags.recordValue(Math.max(0, now - due));
      if (underWay.get() > load.maxInFlight()) {
        measurement.failed("NOT_SENT_TOO_MANY_IN_FLIGHT", now);
      } else {
        send(number, due, now, () -> {});
      }
      due = began + schedule.nextNanos();
    }
    awaitAnswers();
    return due;
  }

  private static void sleepUntil(long moment) throws InterruptedException {
    for (long left = moment - System.nanoTime(); left > 0; left = moment - System.nanoTime()) {
      TimeUnit.NANOSECONDS.sleep(left);
    }
  }

  // --- Both -------------------------------------------------------------------------------------

  /**
   * @param meant when the call should have begun; the wait since then is the server's, since it is
   *     what a user would have seen, and counts against the deadline too
   */
  private void send(long number, long meant, long now, Runnable then) {
    underWay.incrementAndGet();
    Caller.End end = Caller.End.checked(new Recording(meant, then), setting.check());
    long left = setting.deadline().toNanos() - (now - meant);
    if (left <= 0) {
      end.failed("NOT_SENT_DEADLINE_PASSED", "the deadline passed before the call was sent");
      return;
    }
    List<byte[]> requests = setting.requests();
    setting.caller().call(requests.get((int) (number % requests.size())), left, end);
  }

  /** Writes down how a call ended. */
  private final class Recording implements Caller.End {
    private final long meant;
    private final Runnable then;

    Recording(long meant, Runnable then) {
      this.meant = meant;
      this.then = then;
    }

    @Override
    public void answered(byte[] answer) {
      long now = System.nanoTime();
      if (now - meant > setting.deadline().toNanos()) {
        // The caller has gone by then, also where its clock has not told yet.
        measurement.failed("ANSWERED_AFTER_DEADLINE", now);
      } else {
        measurement.answered(meant, now);
      }
      ended();
    }

    @Override
    public void failed(String reason, String message) {
      measurement.failed(reason, System.nanoTime());
      ended();
    }

    /** The next call first: the run would end if none were under way for a moment. */
    private void ended() {
      try {
        then.run();
      } finally {
        oneLess();
      }
    }
  }

  private void awaitAnswers() throws InterruptedException {
    Duration most = limit.duration().plus(setting.deadline()).plus(GRACE);
    long left = began + most.toNanos() - System.nanoTime();
    oneLess();
    if (!allEnded.await(left, TimeUnit.NANOSECONDS)) {
      int missing = underWay.get();
      for (int i = 0; i < missing; i++) {
        measurement.failed("NO_END", System.nanoTime());
      }
    }
  }

  private void oneLess() {
    if (underWay.decrementAndGet() == 0) {
      allEnded.countDown();
    }
  }

  /**
   * @param nextDue when an open loop would have gone on; the beginning for a closed one
   */
  private LoadResult result(Load load, long nextDue) {
    boolean byCount = started.get() >= limit.requests();
    long lastEnd = Math.max(measurement.lastEnd() - began, nextDue - began);
    long elapsed = byCount ? Math.min(lastEnd, windowEnd - began) : windowEnd - began;
    return new LoadResult(
        load,
        elapsed,
        measurement.inWindow(),
        setting.rowsPerRequest(),
        measurement.latencies(),
        measurement.failures(),
        lags);
  }
}
