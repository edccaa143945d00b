package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ScanPaceTest {
  private static final Duration SHORT = Duration.ofMillis(2);

  private static Duration pause(Duration interval, boolean isSettled, Duration cpu) {
    return new ScanPace(interval).pauseAfter(isSettled, cpu);
  }

  @Test
  void smallRepository_isScannedAsOftenAsAskedFor() {
    assertThat(pause(Duration.ofSeconds(1), true, SHORT)).isEqualTo(Duration.ofSeconds(1));
    assertThat(pause(Duration.ofMillis(100), true, SHORT)).isEqualTo(Duration.ofMillis(100));
  }

  @Test
  void whatWaitsForASecondLook_doesNotWaitForALongInterval() {
    assertThat(pause(Duration.ofMinutes(10), false, SHORT)).isEqualTo(Duration.ofSeconds(1));
    assertThat(pause(Duration.ofMillis(200), false, SHORT)).isEqualTo(Duration.ofMillis(200));
  }

  @Test
  void scansThatCost_takeATwentyFifthOfACore() {
    Duration cpu = Duration.ofMillis(150);
    for (boolean isSettled : new boolean[] {true, false}) {
      Duration pause = pause(Duration.ofSeconds(1), isSettled, cpu);
      assertThat(pause).isEqualTo(Duration.ofMillis(3_600));
    }
  }

  @Test
  void evenTheSlowestScan_isRepeatedWithinAMinute() {
    assertThat(pause(Duration.ofSeconds(1), true, Duration.ofMinutes(5)))
        .isEqualTo(Duration.ofMinutes(1));
  }
}
