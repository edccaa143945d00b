package io.millrace.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class UnitsTest {
  @ParameterizedTest
  @CsvSource({"0s, 0", "1ms, 1", "1500ms, 1500", "2s, 2000", "5m, 300000", "1h, 3600000"})
  void durationInItsLargestUnit_readsAndWritesTheSame(String text, long millis) {
    assertThat(Units.duration(text)).contains(Duration.ofMillis(millis));
    assertThat(Units.write(Duration.ofMillis(millis))).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "s", "1 s", "-1s", "1.5s", "1S", "1d", "1234567890s", "\u0661s"})
  void anythingElse_isNoDuration(String text) {
    assertThat(Units.duration(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0B, 0",
    "100B, 100",
    "4KiB, 4096",
    "1025B, 1025",
    "64MiB, 67108864",
    "1GiB, 1073741824"
  })
  void sizeInItsLargestUnit_readsAndWritesTheSame(String text, long bytes) {
    assertThat(DataSize.parse(text)).contains(new DataSize(bytes));
    assertThat(new DataSize(bytes)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "MiB", "1 MiB", "-1B", "1.5GiB", "1MB", "1mib", "1234567890B"})
  void anythingElse_isNoSize(String text) {
    assertThat(DataSize.parse(text)).isEmpty();
  }

  @Test
  void negativeSize_isRefused() {
    assertThatThrownBy(() -> new DataSize(-1)).hasMessage("a size is 0 or more bytes, got -1");
  }
}
