package io.millrace.server.bench;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * When the calls of an open loop are meant to begin, whatever the server does meanwhile. Each time
 * is computed from the beginning and not from the call before, so that nothing adds up. Confined to
 * the thread that sends.
 */
interface ArrivalSchedule {
  /** The time of the next call, in nanoseconds after the beginning; never less than the last. */
  long nextNanos();

  static ArrivalSchedule of(OpenLoop load, RandomGenerator random) {
    double gap = TimeUnit.SECONDS.toNanos(1) / load.rate();
    return load.arrivals() == Arrivals.POISSON ? new Poisson(gap, random) : new Constant(gap);
  }

  /** Equal gaps. */
  final class Constant implements ArrivalSchedule {
    private final double gap;
    private long calls;

    Constant(double gap) {
      this.gap = gap;
    }

    @Override
    public long nextNanos() {
      return Math.round(gap * calls++);
    }
  }

  /** Exponential gaps. */
  final class Poisson implements ArrivalSchedule {
    private final double gap;
    private final RandomGenerator random;
    private double next;

    Poisson(double gap, RandomGenerator random) {
      this.gap = gap;
      this.random = random;
    }

    @Override
    public long nextNanos() {
      long time = Math.round(next);
      next += gap * random.nextExponential();
      return time;
    }
  }
}
