package io.millrace.server.bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Shows that a run is alive: a line that changes in place each second on a terminal, else a line
 * each ten seconds.
 */
final class Progress {
  private static final String CLEAR = "\r\033[K";

  private final PrintStream out;
  private final boolean inPlace;

  Progress(PrintStream out, boolean inPlace) {
    this.out = out;
    this.inPlace = inPlace;
  }

  /**
   * @param what is under way, such as {@code warm-up}
   */
  LoadTest.Watcher watcher(String what, Load load, Limit limit) {
    return run -> watch(what + ", " + load, limit, run);
  }

  private Runnable watch(String what, Limit limit, LoadRun run) {
    ScheduledExecutorService clock =
        Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "bench-progress"));
    long period = inPlace ? 1 : 10;
    var ticking =
        clock.scheduleAtFixedRate(
            () -> show(what, limit, run, period), period, period, TimeUnit.SECONDS);
    return () -> {
      ticking.cancel(false);
      end(clock);
    };
  }

  /** A line that is being written is finished first, or it would stand behind the results. */
  private void end(ScheduledExecutorService clock) {
    clock.shutdown();
    try {
      boolean unused = clock.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (inPlace) {
      out.print(CLEAR);
      out.flush();
    }
  }

  private void show(String what, Limit limit, LoadRun run, long seconds) {
    Histogram latest = run.measurement().tick();
    String line = line(what, run.elapsed(), limit, latest, seconds, run.measurement().failed());
    out.print(inPlace ? CLEAR + line : line + System.lineSeparator());
    out.flush();
  }

  static String line(
      String what, Duration elapsed, Limit limit, Histogram latest, long seconds, long failed) {
    String rate = "%,d requests/s".formatted(Math.round(latest.getTotalCount() / (double) seconds));
    return String.format(
        Locale.ROOT,
        "%s: %d of %d s, %s, p99 %.3f ms, %,d failed",
        what,
        elapsed.toSeconds(),
        limit.duration().toSeconds(),
        rate,
        latest.getValueAtPercentile(99) / 1e6,
        failed);
  }
}
