package io.millrace.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.model.ServingException.FieldViolation;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CallParametersTest {
  private static final InferenceRequest CALL =
      new InferenceRequest(
          "iris", VersionSelector.LATEST, List.of(), List.of(), 2_000_000, () -> false);

  private static InferenceRequest callWith(String name, long number) {
    return CallParameters.NONE
        .with(name, OptionalLong.of(number), "as written")
        .applyTo(CALL, 1_000_000);
  }

  @ParameterizedTest
  @CsvSource({"0, NORMAL", "1, HIGH", "2, NORMAL", "3, NORMAL", "9223372036854775807, NORMAL"})
  void lowerNumbers_areMoreUrgentAnd0IsTheDefault(long number, Priority expected) {
    assertThat(callWith("priority", number).priority()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 2000000",
    "1, 1001000",
    "999, 1999000",
    "1000, 2000000",
    "1001, 2000000",
    "9223372036854775807, 2000000"
  })
  void timeout_shortensTheDeadlineAndNeverExtendsIt(long micros, long expected) {
    assertThat(callWith("timeout", micros).deadlineNanos()).isEqualTo(expected);
  }

  @Test
  void callThatIsLate_staysSo() {
    CallParameters patient = CallParameters.NONE.with("timeout", OptionalLong.of(5), "5");

    assertThat(patient.applyTo(CALL, 3_000_000).deadlineNanos()).isEqualTo(2_000_000);
  }

  @Test
  void callThatSaysNothing_isItself() {
    assertThat(CallParameters.NONE.applyTo(CALL, 0)).isSameAs(CALL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"priority", "timeout"})
  void valueThatMakesNoSense_isRefusedWithWhatIsAllowed(String name) {
    for (OptionalLong number : List.of(OptionalLong.empty(), OptionalLong.of(-1))) {
      assertThatThrownBy(() -> CallParameters.NONE.with(name, number, "soon"))
          .isInstanceOfSatisfying(
              ServingException.class,
              e -> {
                assertThat(e.reason()).isEqualTo(Reason.PARAMETER_INVALID);
                assertThat(e.violations())
                    .extracting(FieldViolation::field)
                    .containsExactly("parameters." + name);
                assertThat(e.getMessage())
                    .startsWith("parameters." + name + " is 'soon'; allowed: a whole number");
              });
    }
  }
}
