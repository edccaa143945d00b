package io.millrace.server.app;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.ScoreOutputs;
import io.millrace.server.model.Servable;
import io.millrace.server.model.Shape;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.Optional;

/** Compares how many classes {@code labels.txt} names with how many a version scores. Pure. */
final class LabelCount {
  private LabelCount() {}

  /** What is wrong, as far as the signature tells how many scores there are. */
  static Optional<Problem> problem(ModelVersionId id, Servable servable) {
    int names = servable.labels().names().size();
    List<TensorSpec> scores = ScoreOutputs.among(servable.signature().outputs(), servable.roles());
    boolean mayFit =
        scores.stream()
            .map(output -> output.shape().size(1))
            .anyMatch(classes -> classes == Shape.ANY || classes == names);
    if (names == 0 || scores.isEmpty() || mayFit) {
      return Optional.empty();
    }
    return Optional.of(
        new Problem(
            id.toString(),
            "labels.txt names %d classes, but the scores are %s".formatted(names, scores),
            "give it a line for each score of a row, in their order"));
  }
}
