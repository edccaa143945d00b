package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class RetryPolicyTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final RetryPolicy POLICY = new RetryPolicy(9, Duration.ofSeconds(5));

  private static ServingException ofEngine() {
    return ServingException.failure(
        Reason.MODEL_LOAD_FAILED, "the disk is away", new IOException("EIO"));
  }

  @ParameterizedTest
  @CsvSource({"1, 5", "2, 10", "3, 20", "6, 160", "7, 300", "8, 300", "9, 300"})
  void pause_doublesUpToFiveMinutes(int failures, int seconds) {
    assertThat(POLICY.judge(ofEngine(), failures, NOW).next()).contains(NOW.plusSeconds(seconds));
  }

  @Test
  void statusOfARetry_saysWhichAttemptAndWhenTheNext() {
    ServingException told = POLICY.judge(ofEngine(), 2, NOW).told();
    assertThat(told.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED);
    assertThat(told)
        .hasMessage(
            "the disk is away; this was attempt 2 of 10, the next is at 2026-01-02T03:04:15Z");
  }

  @Test
  void oneFailureMoreThanRetries_isQuarantine() {
    RetryPolicy.Verdict verdict = POLICY.judge(ofEngine(), 10, NOW);
    assertThat(verdict.next()).isEmpty();
    assertThat(verdict.told().reason()).isEqualTo(Reason.MODEL_QUARANTINED);
    assertThat(verdict.told())
        .hasMessageContainingAll("10 times in a row", "MODEL_LOAD_FAILED", "the disk is away")
        .hasCauseInstanceOf(IOException.class);
  }

  @Test
  void noRetriesWanted_leavesTheFailureAsItIs() {
    RetryPolicy never = new RetryPolicy(0, Duration.ofSeconds(5));
    ServingException problem = ofEngine();
    assertThat(never.judge(problem, 1, NOW).told()).isSameAs(problem);
    assertThat(never.judge(problem, 1, NOW).next()).isEmpty();
  }

  @Test
  void whatWasRefusedForWhatItIs_isNotTriedAgain() {
    ServingException refusal = ServingException.refusal(Reason.MODEL_LOAD_FAILED, "no inputs");
    assertThat(POLICY.judge(refusal, 1, NOW).told()).isSameAs(refusal);
    assertThat(POLICY.judge(refusal, 1, NOW).next()).isEmpty();
  }

  @Test
  void failureThatLasts_isNotTriedAgain() {
    assertThat(POLICY.judge(ofEngine().lasting(), 1, NOW).next()).isEmpty();
  }

  @Test
  void wrongAnswerToASample_isNotTriedAgain() {
    ServingException mismatch = ServingException.refusal(Reason.MODEL_SAMPLE_MISMATCH, "y[0]");
    assertThat(POLICY.judge(mismatch, 1, NOW).next()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"MODEL_LOAD_TIMEOUT", "MEMORY_BUDGET_EXCEEDED", "SERVER_OVERLOADED"})
  void shortageOfTheMachine_isTriedAgain(Reason reason) {
    assertThat(POLICY.judge(ServingException.refusal(reason, "short"), 1, NOW).next()).isPresent();
  }

  @Test
  void shortageOfMemory_isAskedForEver() {
    ServingException over = ServingException.refusal(Reason.MEMORY_BUDGET_EXCEEDED, "over");
    RetryPolicy.Verdict verdict = POLICY.judge(over, 1_000_000, NOW);
    assertThat(verdict.next()).contains(NOW.plus(RetryPolicy.LONGEST_DELAY));
    assertThat(verdict.told()).hasMessageContaining("attempt 1000000, the next is at");
  }
}
