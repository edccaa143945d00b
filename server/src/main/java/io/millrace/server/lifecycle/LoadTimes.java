package io.millrace.server.lifecycle;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * When a load was wanted, began and ended. Immutable.
 *
 * @param wanted when the version waited for a thread to load it
 */
record LoadTimes(Instant wanted, Instant began, Instant ended) {
  /** The times of the load whose end this status tells; empty for any other change. */
  static Optional<LoadTimes> of(VersionStatus status) {
    List<VersionStatus.StateChange> timeline = status.timeline();
    int last = timeline.size() - 1;
    boolean ends = status.state() == VersionState.READY || status.state() == VersionState.FAILED;
    if (!ends
        || last < 2
        || timeline.get(last - 1).state() != VersionState.LOADING
        || timeline.get(last - 2).state() != VersionState.NEW) {
      return Optional.empty();
    }
    return Optional.of(
        new LoadTimes(
            timeline.get(last - 2).at(), timeline.get(last - 1).at(), timeline.get(last).at()));
  }

  long waitNanos() {
    return Duration.between(wanted, began).toNanos();
  }

  long loadNanos() {
    return Duration.between(began, ended).toNanos();
  }
}
