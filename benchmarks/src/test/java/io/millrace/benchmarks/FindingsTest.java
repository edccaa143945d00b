package io.millrace.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

final class FindingsTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final Findings findings = new Findings(new PrintStream(printed, true, UTF_8));

  @Test
  void aCountThatIsNotAsExpected_isAFailureForGood() {
    findings.expect("wrong answers", 0, 0);
    assertThat(findings.isGood()).isTrue();

    findings.expect("wrong answers", 0, 3);
    findings.expect("wrong answers", 0, 0);
    assertThat(findings.isGood()).isFalse();
    assertThat(printed.toString(UTF_8)).contains("FAILED    wrong answers: 3, expected 0");
  }

  @Test
  void aGoalThatIsMissed_failsNothing() {
    findings.goal("fast", false, "slow");

    assertThat(findings.isGood()).isTrue();
    assertThat(printed.toString(UTF_8)).contains("missed    fast: slow");
  }
}
