package io.millrace.server.model;

import java.util.List;

/**
 * Tells which outputs hold scores, one for each class of a row. Nothing in a model's file says so:
 * an embedding, boxes and masks are numbers as well. Pure.
 */
public final class ScoreOutputs {
  private static final int RANK = 2;
  private static final int CLASSES = 1;

  private ScoreOutputs() {}

  /**
   * The output that the model's configuration names; where it names none, those that may be scores
   * by their form, floating-point numbers [rows, classes].
   *
   * @param outputs to choose from
   */
  public static List<TensorSpec> among(List<TensorSpec> outputs, OutputRoles roles) {
    return outputs.stream()
        .filter(
            output ->
                roles.areForClasses() ? output.name().equals(roles.scores()) : haveForm(output))
        .toList();
  }

  private static boolean haveForm(TensorSpec output) {
    return output.dtype().isFloatingPoint() && output.shape().rank() == RANK;
  }

  /**
   * Those of them whose classes can be named without a doubt: where the form alone speaks for them
   * and labels are there, an output has as many classes as labels.
   */
  public static List<TensorSpec> among(
      List<TensorSpec> outputs, OutputRoles roles, ClassLabels labels) {
    int names = labels.names().size();
    boolean mayDiffer = roles.areForClasses() || names == 0;
    return among(outputs, roles).stream()
        .filter(output -> mayDiffer || output.shape().size(CLASSES) == names)
        .toList();
  }

  /** What the outputs lack among which there are none, for an error. */
  static String missing(List<TensorSpec> outputs, OutputRoles roles, ClassLabels labels) {
    if (roles.areForClasses()) {
      return "output %s, which holds the scores, is not among those that the call returns, %s"
          .formatted(Quote.of(roles.scores()), outputs);
    }
    int names = labels.names().size();
    return "none of the outputs %s is sure to hold scores, floating-point numbers of the shape %s; say which one does by classify: {scores: NAME} in the model's config.yaml, or ask for one output by the parameter %s of an infer call"
        .formatted(
            outputs,
            names == 0
                ? "[rows, classes]"
                : "[rows, %d] for the %d names in labels.txt".formatted(names, names),
            ClassCounts.PARAMETER);
  }
}
