package io.millrace.server.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** Times are given, not taken, so nothing here depends on the machine. */
final class MeasurementTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  /**
   * A server that stands still for a second while a call is due each millisecond makes all of them
   * wait. Whoever measured from the moment of sending, which the stall has put off as well, would
   * see one slow call in a thousand.
   */
  @Test
  void aStall_isSeenByEachCallThatWasDueInIt() {
    Measurement measurement = new Measurement(Long.MAX_VALUE);
    for (long due = 0; due < 1_000; due++) {
      measurement.answered(due * MILLI, 1_000 * MILLI);
    }
    for (long due = 1_000; due < 2_000; due++) {
      measurement.answered(due * MILLI, due * MILLI + MILLI);
    }

    Histogram latencies = measurement.latencies();

    assertThat(millis(latencies, 25)).isEqualTo(1);
    assertThat(millis(latencies, 75)).isBetween(499L, 501L);
    assertThat(millis(latencies, 100)).isBetween(999L, 1_001L);
    assertThat(latencies.getTotalCount()).isEqualTo(2_000);
  }

  @Test
  void anAnswerAfterTheWindow_countsForTheLatencyOnly() {
    Measurement measurement = new Measurement(10 * MILLI);

    measurement.answered(0, 10 * MILLI);
    measurement.answered(0, 11 * MILLI);

    assertThat(measurement.inWindow()).isEqualTo(1);
    assertThat(measurement.latencies().getTotalCount()).isEqualTo(2);
    assertThat(measurement.lastEnd()).isEqualTo(11 * MILLI);
  }

  @Test
  void failures_areCountedByReason_andHaveNoLatency() {
    Measurement measurement = new Measurement(Long.MAX_VALUE);

    measurement.failed("UNAVAILABLE", 1);
    measurement.failed("CANCELLED", 2);
    measurement.failed("UNAVAILABLE", 3);

    assertThat(measurement.failures())
        .containsExactly(entry("CANCELLED", 1L), entry("UNAVAILABLE", 2L));
    assertThat(measurement.failed()).isEqualTo(3);
    assertThat(measurement.latencies().getTotalCount()).isZero();
  }

  @Test
  void ticks_showWhatIsNew_andLoseNothing() {
    Measurement measurement = new Measurement(Long.MAX_VALUE);
    measurement.answered(0, MILLI);
    assertThat(measurement.tick().getTotalCount()).isEqualTo(1);
    measurement.answered(0, MILLI);
    measurement.answered(0, MILLI);

    assertThat(measurement.tick().getTotalCount()).isEqualTo(2);
    assertThat(measurement.latencies().getTotalCount()).isEqualTo(3);
  }

  private static long millis(Histogram latencies, double percentile) {
    return Math.round(latencies.getValueAtPercentile(percentile) / (double) MILLI);
  }
}
