package io.millrace.server.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class ArrivalScheduleTest {
  private static final int SECOND = 1_000_000_000;

  @Test
  void constantArrivals_comeInEqualSteps_andDoNotDrift() {
    ArrivalSchedule schedule = schedule(3, Arrivals.CONSTANT, 1);

    long[] times = LongStream.generate(schedule::nextNanos).limit(3_001).toArray();

    assertThat(times).startsWith(0, 333_333_333, 666_666_667, SECOND);
    assertThat(times[3_000]).isEqualTo(1_000L * SECOND);
  }

  @Test
  void poissonArrivals_keepTheRate_andVaryLikeIndependentCallers() {
    ArrivalSchedule schedule = schedule(1_000, Arrivals.POISSON, 7);

    long[] times = LongStream.generate(schedule::nextNanos).limit(100_001).toArray();
    double[] gaps =
        LongStream.range(1, times.length).mapToDouble(i -> gap(times, (int) i)).toArray();
    double mean =
        LongStream.range(0, gaps.length).mapToDouble(i -> gaps[(int) i]).average().orElse(0);
    double variance =
        LongStream.range(0, gaps.length)
            .mapToDouble(i -> (gaps[(int) i] - mean) * (gaps[(int) i] - mean))
            .average()
            .orElse(0);

    assertThat(times).isSorted().startsWith(0);
    assertThat(mean).isCloseTo(1e6, within(2e4));
    // An exponential distribution's deviation is its mean.
    assertThat(Math.sqrt(variance)).isCloseTo(1e6, within(2e4));
  }

  @Test
  void equalSeeds_giveEqualTimes() {
    ArrivalSchedule one = schedule(50, Arrivals.POISSON, 3);
    ArrivalSchedule other = schedule(50, Arrivals.POISSON, 3);

    assertThat(LongStream.generate(one::nextNanos).limit(100).toArray())
        .isEqualTo(LongStream.generate(other::nextNanos).limit(100).toArray());
  }

  private static long gap(long[] times, int i) {
    return times[i] - times[i - 1];
  }

  private static ArrivalSchedule schedule(double rate, Arrivals arrivals, long seed) {
    return ArrivalSchedule.of(new OpenLoop(rate, arrivals, 1), new SplittableRandom(seed));
  }
}
