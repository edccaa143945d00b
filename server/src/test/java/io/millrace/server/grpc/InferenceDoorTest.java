package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class InferenceDoorTest {
  @ParameterizedTest
  @CsvSource({"PT0.0002S, 200 microseconds", "PT0.0015S, 1500 microseconds", "PT0.25S, 250 ms"})
  void limitThatPassed_isToldAsItIs_howeverShort(Duration limit, String told) {
    assertThat(InferenceDoor.tooLate(limit)).hasMessageStartingWith("no answer within " + told);
  }
}
