package io.millrace.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Collections;
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

  private static ClassCounts ofScores(long count) {
    return ClassCounts.ofScores("top_k", OptionalLong.of(count), "as written");
  }

  private static ClassLabels labels(int count) {
    return new ClassLabels(Collections.nCopies(count, "a name"));
  }

  /** Of a model without labels, of which the configuration says nothing. */
  private static Map<String, Integer> among(ClassCounts counts, TensorSpec... outputs) {
    return counts.among(List.of(outputs), OutputRoles.NONE, ClassLabels.NONE);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 1", "1000, 1000", "9223372036854775807, 2147483647"})
  void counts_areTakenUpToTheLargestInt(long number, int expected) {
    assertThat(ofScores(number).ofScores().number()).isEqualTo(expected);
    assertThat(named("y", number).ofOutputs())
        .containsEntry("y", new ClassCounts.Count(expected, "a.path"));
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
  void noneForAllScores_isNothingAskedFor() {
    assertThat(ofScores(0)).isSameAs(ClassCounts.NONE);
  }

  @Test
  void numberForAll_meansFloatingPointNumbersInTwoDimensions() {
    TensorSpec boxes = TensorSpec.of("boxes", DataType.FP32, -1, 100, 4);
    TensorSpec items = TensorSpec.of("items", DataType.INT64, -1, 3);
    TensorSpec price = TensorSpec.of("price", DataType.FP32, -1);
    TensorSpec half = TensorSpec.of("half", DataType.FP16, 1, -1);

    assertThat(among(ofScores(2), LABEL, SCORES, boxes, items, price, half))
        .isEqualTo(Map.of("scores", 2, "half", 2));
  }

  @Test
  void numberForAll_meansTheOutputThatTheConfigurationNames() {
    TensorSpec embedding = TensorSpec.of("embedding", DataType.FP32, -1, 512);
    OutputRoles roles = new OutputRoles("scores", "", "");

    for (int names : List.of(0, 2, 3, 512)) {
      assertThat(ofScores(2).among(List.of(embedding, SCORES), roles, labels(names)))
          .isEqualTo(Map.of("scores", 2));
    }
  }

  @Test
  void numberForAll_meansOutputsOfAsManyClassesAsLabels() {
    TensorSpec embedding = TensorSpec.of("embedding", DataType.FP32, -1, 512);
    TensorSpec open = TensorSpec.of("open", DataType.FP32, -1, -1);

    assertThat(ofScores(2).among(List.of(embedding, open, SCORES), OutputRoles.NONE, labels(3)))
        .isEqualTo(Map.of("scores", 2));
  }

  @Test
  void numberForAllOfOutputsThatMayBeAnything_isRefusedWithWhatToConfigure() {
    TensorSpec embedding = TensorSpec.of("embedding", DataType.FP32, -1, 512);

    ServingException refusal =
        refusal(() -> ofScores(2).among(List.of(LABEL, embedding), OutputRoles.NONE, labels(10)));

    assertThat(refusal.getMessage())
        .isEqualTo(
            "no classes can be named: none of the outputs ['label' INT64 [-1], 'embedding' FP32"
                + " [-1, 512]] is sure to hold scores, floating-point numbers of the shape"
                + " [rows, 10] for the 10 names in labels.txt; say which one does by"
                + " classify: {scores: NAME} in the model's config.yaml, or ask for one output by"
                + " the parameter classification of an infer call");
    assertThat(refusal.violations().get(0).field()).isEqualTo("top_k");
  }

  @Test
  void scoresThatTheCallLeavesOut_areRefusedByTheirName() {
    OutputRoles roles = new OutputRoles("scores", "", "");

    assertThat(
            refusal(() -> ofScores(2).among(List.of(LABEL), roles, ClassLabels.NONE)).getMessage())
        .isEqualTo(
            "no classes can be named: output 'scores', which holds the scores, is not among those"
                + " that the call returns, ['label' INT64 [-1]]");
  }

  @Test
  void numberForAnOutput_leavesTheOthersAsTheyAre() {
    TensorSpec ranks = TensorSpec.of("ranks", DataType.INT64, -1, 3);

    assertThat(among(named("ranks", 1), ranks, SCORES)).isEqualTo(Map.of("ranks", 1));
  }

  @Test
  void zero_leavesAnOutputAsItIs() {
    assertThat(among(named("scores", 0), LABEL, SCORES)).isEmpty();
    assertThat(among(named("label", 0), LABEL, SCORES)).isEmpty();
  }

  @Test
  void outputThatIsNotReturned_isRefused() {
    ServingException refusal = refusal(() -> among(named("nope", 3), LABEL, SCORES));

    assertThat(refusal.getMessage())
        .isEqualTo(
            "classification names output 'nope', which the call does not return; it returns"
                + " ['label', 'scores']");
    assertThat(refusal.violations().get(0).field()).isEqualTo("a.path");
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"BYTES", "BOOL"})
  void outputThatIsNotOfNumbers_isRefused(DataType dtype) {
    ServingException refusal =
        refusal(() -> among(named("y", 3), TensorSpec.of("y", dtype, -1, 3)));

    assertThat(refusal.getMessage())
        .isEqualTo("output 'y' is %s; only outputs of numbers have classes to name", dtype);
    assertThat(refusal.violations().get(0).field()).isEqualTo("a.path");
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      mode = Mode.EXCLUDE,
      names = {"BYTES", "BOOL"})
  void outputOfNumbers_isTaken(DataType dtype) {
    assertThat(among(named("y", 3), TensorSpec.of("y", dtype, -1, 3))).isEqualTo(Map.of("y", 3));
  }

  @Test
  void outputOfOneNumberARow_isRefused() {
    ServingException refusal = refusal(() -> among(named("label", 1), LABEL, SCORES));

    assertThat(refusal.getMessage())
        .isEqualTo(
            "output 'label' INT64 [-1] has one number for each row, and so no classes to name; ask"
                + " for an output with a score for each class of a row");
    assertThat(refusal.violations().get(0).field()).isEqualTo("a.path");
    assertThat(among(named("y", 1), TensorSpec.of("y", DataType.FP32, 3)))
        .isEqualTo(Map.of("y", 1));
  }

  @Test
  void modelWithoutScores_isRefusedWithWhatItHas() {
    assertThat(refusal(() -> among(ofScores(3), LABEL)).getMessage())
        .contains("['label' INT64 [-1]]", "floating-point", "[rows, classes]", "config.yaml");
  }
}
