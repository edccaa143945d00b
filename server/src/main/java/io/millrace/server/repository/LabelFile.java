package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ClassLabels;

/** A {@code labels.txt} as it was read. */
sealed interface LabelFile {
  String NAME = "labels.txt";

  /** There is none. */
  record Absent() implements LabelFile {}

  record Good(ClassLabels labels) implements LabelFile {}

  /** One that cannot be used, and why. */
  record Bad(Problem problem) implements LabelFile {}
}
