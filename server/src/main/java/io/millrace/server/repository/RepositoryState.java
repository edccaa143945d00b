package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the scans so far tell of the repository. Immutable.
 *
 * @param started whether any scan could read the repository
 * @param seen the problems of the last scan
 * @param told those of them that were logged
 * @param alarms what the last scan could not read or understand, logged
 */
record RepositoryState(
    boolean started,
    SortedMap<String, ModelHistory> models,
    Set<Problem> seen,
    Set<Problem> told,
    Set<Problem> alarms) {
  static final RepositoryState START =
      new RepositoryState(false, new TreeMap<>(Map.of()), Set.of(), Set.of(), Set.of());

  /** Whether nothing that the last scan found is still waiting for a second look. */
  boolean isSettled() {
    return models.values().stream().allMatch(ModelHistory::isSettled);
  }

  /** The same, but as if the model's wish was never uttered, so that the next scan repeats it. */
  RepositoryState forget(String model) {
    SortedMap<String, ModelHistory> changed = new TreeMap<>(models);
    changed.computeIfPresent(
        model,
        (name, known) ->
            new ModelHistory(known.config(), known.settings(), known.versions(), Wish.none(name)));
    return new RepositoryState(started, changed, seen, told, alarms);
  }
}
