package io.millrace.server.lifecycle;

import java.time.Instant;
import java.util.Optional;

/**
 * How often a version failed to load since its files last changed or it last served.
 *
 * @param count in a row
 * @param nextAttempt when it is tried again, by the wall clock; empty if only new files or a reload
 *     bring another attempt
 */
public record LoadFailures(int count, Optional<Instant> nextAttempt) {
  static final LoadFailures NONE = new LoadFailures(0, Optional.empty());
}
