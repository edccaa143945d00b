package io.millrace.server.model;

/**
 * The rule for how many labels of a model are kept, since each change of a model tells them all.
 */
public final class LabelLimit {
  public static final int MAX_LABELS = 100;

  private LabelLimit() {}

  /** What is wrong where a model would have so many, for messages to people. */
  public static String breach(String model, int count) {
    return "model %s would have %d labels, and the limit is %d"
        .formatted(Quote.of(model), count, MAX_LABELS);
  }
}
