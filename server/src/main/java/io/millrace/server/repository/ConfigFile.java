package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import java.time.Instant;
import java.util.List;

/**
 * A model's {@code config.yaml} as a scan found it, already read. Immutable.
 *
 * @param settings meaningless if there are problems
 */
record ConfigFile(
    ModelSettings settings, List<Problem> problems, String fingerprint, Instant newest)
    implements Stamped {
  static final String NAME = "config.yaml";

  /** There is no such file, which is as good as an empty one. */
  static final ConfigFile ABSENT =
      new ConfigFile(ModelSettings.DEFAULT, List.of(), "absent", Instant.EPOCH);

  ConfigFile {
    problems = List.copyOf(problems);
  }

  boolean isGood() {
    return problems.isEmpty();
  }
}
