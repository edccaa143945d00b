package io.millrace.server.model;

/**
 * What a model's outputs mean to callers that send examples and want classes or a value, as
 * TensorFlow Serving's Classify and Regress do. The model's configuration says it.
 *
 * @param scores the output with a score for each class of each row; empty if the model does not
 *     classify
 * @param classes the output with the name of the class of each score; empty if there is none
 * @param value the output with a number for each row; empty if the model does not regress
 */
public record OutputRoles(String scores, String classes, String value) {
  /** Nothing is said. */
  public static final OutputRoles NONE = new OutputRoles("", "", "");

  public boolean areForClasses() {
    return !scores.isEmpty();
  }

  public boolean areForValues() {
    return !value.isEmpty();
  }
}
