package io.millrace.server.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import org.junit.jupiter.api.Test;

final class AdmissionLimiterTest {
  private final AdmissionLimiter limiter = new AdmissionLimiter(100);

  private ServingException refusal(long bytes) {
    return assertThrows(ServingException.class, () -> limiter.admit(bytes));
  }

  @Test
  void calls_areAdmittedUpToTheLimit() {
    limiter.admit(60);
    limiter.admit(40);
    assertThat(limiter.bytesInFlight()).isEqualTo(100);
  }

  @Test
  void callBeyondTheLimit_isRefusedAndTakesNothing() {
    limiter.admit(60);
    ServingException refusal = refusal(41);
    assertThat(refusal.reason()).isEqualTo(Reason.SERVER_OVERLOADED);
    assertThat(refusal.getMessage()).contains("100 bytes");
    assertThat(limiter.bytesInFlight()).isEqualTo(60);
  }

  @Test
  void releasedBytes_areFreeAgain() {
    limiter.admit(100);
    limiter.release(100);
    limiter.admit(100);
    assertThat(limiter.bytesInFlight()).isEqualTo(100);
  }

  @Test
  void callWithoutBytes_isAdmittedEvenWhenFull() {
    limiter.admit(100);
    limiter.admit(0);
    assertThat(refusal(1).reason()).isEqualTo(Reason.SERVER_OVERLOADED);
  }

  @Test
  void limit_isOneByteOrMore() {
    assertThatIllegalArgumentException().isThrownBy(() -> new InferenceOptions(0, 1, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new InferenceOptions(1, 0, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new InferenceOptions(1, 1, 0));
    assertThat(InferenceOptions.within(1_000, 1).maxInFlightBytes()).isPositive();
  }
}
