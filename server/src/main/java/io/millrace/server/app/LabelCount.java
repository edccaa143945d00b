package io.millrace.server.app;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Servable;
import io.millrace.server.model.Shape;
import io.millrace.server.model.TensorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Compares how many classes {@code labels.txt} names with how many a version scores. Pure. */
final class LabelCount {
  private LabelCount() {}

  /** What is wrong, as far as the signature tells how many scores there are. */
  static Optional<Problem> problem(ModelVersionId id, Servable servable) {
    int names = servable.labels().names().size();
    List<TensorSpec> scores =
        servable.signature().outputs().stream().filter(ClassCounts::areScores).toList();
    boolean mayFit =
        scores.stream()
            .map(LabelCount::classes)
            .anyMatch(classes -> classes.isEmpty() || classes.getAsLong() == names);
    if (names == 0 || scores.isEmpty() || mayFit) {
      return Optional.empty();
    }
    return Optional.of(
        new Problem(
            id.toString(),
            "labels.txt names %d classes, but the scores are %s".formatted(names, scores),
            "give it a line for each score of a row, in their order"));
  }

  /** All dimensions but the rows'. */
  private static OptionalLong classes(TensorSpec scores) {
    long[] sizes = scores.shape().toArray();
    return Shape.of(Arrays.copyOfRange(sizes, 1, sizes.length)).elements();
  }
}
