package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.Problem;
import io.millrace.server.lifecycle.FakeServable;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class LabelCountTest {
  private static final ModelVersionId IRIS = new ModelVersionId("iris", 3);
  private static final TensorSpec LABEL = TensorSpec.of("label", DataType.INT64, -1);

  private static Optional<Problem> problem(List<String> names, TensorSpec... outputs) {
    FakeServable servable = new FakeServable(IRIS, new Signature(List.of(), List.of(outputs)));
    servable.labels(new ClassLabels(names));
    return LabelCount.problem(IRIS, servable);
  }

  private static TensorSpec scores(long... shape) {
    return TensorSpec.of("scores", DataType.FP32, shape);
  }

  @Test
  void otherNumberOfNamesThanOfScores_isAProblem() {
    assertThat(problem(List.of("a", "b"), LABEL, scores(-1, 3)).orElseThrow())
        .hasToString(
            "iris/3: labels.txt names 2 classes, but the scores are ['scores' FP32 [-1, 3]]; give"
                + " it a line for each score of a row, in their order");
  }

  @Test
  void namesThatFitOneOutputOfScores_areRight() {
    assertThat(problem(List.of("a", "b"), scores(-1, 3), scores(-1, 2))).isEmpty();
  }

  @Test
  void namesMustFitTheOutputThatTheConfigurationNames() {
    TensorSpec embedding = TensorSpec.of("embedding", DataType.FP32, -1, 2);
    FakeServable servable =
        new FakeServable(IRIS, new Signature(List.of(), List.of(embedding, scores(-1, 3))));
    servable.labels(new ClassLabels(List.of("a", "b")));
    assertThat(LabelCount.problem(IRIS, servable)).isEmpty();

    servable.roles(new OutputRoles("scores", "", ""));
    assertThat(LabelCount.problem(IRIS, servable).orElseThrow().toString())
        .contains("the scores are ['scores' FP32 [-1, 3]]");
  }

  @Test
  void whatCannotBeTold_isNoProblem() {
    assertThat(problem(List.of("a", "b"), scores(-1, -1))).isEmpty();
    assertThat(problem(List.of("a", "b"), LABEL)).isEmpty();
    assertThat(problem(List.of("a", "b"), scores(-1, 5, 1))).isEmpty();
    assertThat(problem(List.of(), scores(-1, 3))).isEmpty();
  }
}
