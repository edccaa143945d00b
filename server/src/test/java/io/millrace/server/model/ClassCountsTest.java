package io.millrace.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

final class ClassCountsTest {
  private static final TensorSpec LABEL = TensorSpec.of("label", DataType.INT64, -1);
  private static final TensorSpec SCORES = TensorSpec.of("scores", DataType.FP32, -1, 3);

  private static ServingException refusal(ThrowingCallable work) {
    ServingException refusal = catchThrowableOfType(ServingException.class, work);
    assertThat(refusal.reason()).isEqualTo(Reason.PARAMETER_INVALID);
    return refusal;
  }

  private static ClassCounts named(String output, long count) {
    return ClassCounts.NONE.with("a.path", output, OptionalLong.of(count), "as written");
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 1", "1000, 1000", "9223372036854775807, 2147483647"})
  void counts_areTakenUpToTheLargestInt(long number, int expected) {
    assertThat(ClassCounts.ofScores("a.path", OptionalLong.of(number), "").ofScores())
        .isEqualTo(expected);
    assertThat(named("y", number).ofOutputs()).containsEntry("y", expected);
  }

  @Test
  void whatIsNoCount_isRefusedWithPlaceOutputAndValue() {
    ServingException negative =
        refusal(() -> ClassCounts.NONE.with("a.path", "y", OptionalLong.of(-1), "-1"));
    assertThat(negative.getMessage())
        .isEqualTo(
            "a.path of output 'y' is '-1'; allowed: how many classes to name, a whole number, or 0"
                + " for the scores");
    assertThat(negative.violations().get(0).field()).isEqualTo("a.path");

    assertThat(
            refusal(() -> ClassCounts.ofScores("top_k", OptionalLong.empty(), "three"))
                .getMessage())
        .startsWith("top_k is 'three'; allowed: ");
  }

  @Test
  void numberForAll_meansFloatingPointNumbersInTwoOrMoreDimensions() {
    assertThat(new ClassCounts(2, Map.of()).among(List.of(LABEL, SCORES)))
        .isEqualTo(Map.of("scores", 2));
    assertThat(ClassCounts.areScores(TensorSpec.of("y", DataType.FP32, -1))).isFalse();
    assertThat(ClassCounts.areScores(TensorSpec.of("y", DataType.BF16, 4, -1, 3))).isTrue();
    assertThat(ClassCounts.areScores(TensorSpec.of("y", DataType.INT64, -1, 3))).isFalse();
  }

  @Test
  void numberForAnOutput_winsOverTheNumberForAll() {
    assertThat(new ClassCounts(2, Map.of("label", 1, "scores", 0)).among(List.of(LABEL, SCORES)))
        .isEqualTo(Map.of("label", 1));
  }

  @Test
  void zero_leavesAnOutputAsItIs() {
    assertThat(named("scores", 0).among(List.of(LABEL, SCORES))).isEmpty();
  }

  @Test
  void outputThatIsNotReturned_isRefused() {
    assertThat(refusal(() -> named("nope", 3).among(List.of(LABEL, SCORES))).getMessage())
        .isEqualTo(
            "classification names output 'nope', which the call does not return; it returns"
                + " ['label', 'scores']");
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"BYTES", "BOOL"})
  void outputThatIsNotOfNumbers_isRefused(DataType dtype) {
    List<TensorSpec> outputs = List.of(TensorSpec.of("y", dtype, -1, 3));

    assertThat(refusal(() -> named("y", 3).among(outputs)).getMessage())
        .isEqualTo("output 'y' is %s; only outputs of numbers have classes to name", dtype);
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      mode = Mode.EXCLUDE,
      names = {"BYTES", "BOOL"})
  void outputOfNumbers_isTaken(DataType dtype) {
    assertThat(named("y", 3).among(List.of(TensorSpec.of("y", dtype, -1))))
        .isEqualTo(Map.of("y", 3));
  }

  @Test
  void modelWithoutScores_isRefusedWithWhatItHas() {
    assertThat(refusal(() -> new ClassCounts(3, Map.of()).among(List.of(LABEL))).getMessage())
        .contains("['label' INT64 [-1]]", "floating-point", "two or more dimensions");
  }
}
