package io.millrace.server.lifecycle;

import io.millrace.server.model.VersionPolicy;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that is known of a model at one moment. Immutable.
 *
 * @param versions newest first
 * @param labels movable names and the versions they point at
 * @param policy which versions are to serve, but for what operators asked
 * @param idle versions in the repository that were never loaded, so that they have no status, and
 *     why they were not
 */
public record ModelStatus(
    String model,
    List<VersionStatus> versions,
    Map<String, Long> labels,
    VersionPolicy policy,
    SortedMap<Long, String> idle) {
  public ModelStatus {
    versions = List.copyOf(versions);
    labels = Map.copyOf(labels);
    idle = Collections.unmodifiableSortedMap(new TreeMap<>(idle));
  }

  /** A model whose versions have all been loaded, or were to be. */
  public ModelStatus(
      String model, List<VersionStatus> versions, Map<String, Long> labels, VersionPolicy policy) {
    this(model, versions, labels, policy, Collections.emptySortedMap());
  }
}
