package io.millrace.server.model;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The complete wish for one model: a version that is in neither list is not wanted, and a model
 * without versions is gone.
 *
 * @param candidates the versions that may serve, newest first
 * @param keep how many versions are to serve: the first candidates that load, so that an older one
 *     steps in for one that fails; a broken one that serves already counts
 * @param broken versions that cannot be served, for the status only
 * @param labels movable names and the versions they point at
 * @param policy what chose the candidates, in words for messages, such as {@code latest: 1}
 * @param excluded versions that there are and that the policy does not admit, for messages only
 * @param order in which order versions replace each other
 */
public record DesiredVersions(
    String model,
    List<VersionArtifact> candidates,
    int keep,
    List<BrokenVersion> broken,
    Map<String, Long> labels,
    String policy,
    Set<Long> excluded,
    TransitionOrder order) {
  /**
   * @throws IllegalArgumentException if {@code keep} is negative, or a version is of another model
   *     or named twice: a version either may serve or is broken
   */
  public DesiredVersions {
    candidates = List.copyOf(candidates);
    broken = List.copyOf(broken);
    labels = Map.copyOf(labels);
    excluded = Set.copyOf(excluded);
    if (keep < 0) {
      throw new IllegalArgumentException("a model keeps 0 versions or more, got " + keep);
    }
    checkIds(model, candidates, broken);
  }

  /** A wish of somebody who does not mind the order. */
  public DesiredVersions(
      String model,
      List<VersionArtifact> candidates,
      int keep,
      List<BrokenVersion> broken,
      Map<String, Long> labels,
      String policy,
      Set<Long> excluded) {
    this(
        model,
        candidates,
        keep,
        broken,
        labels,
        policy,
        excluded,
        TransitionOrder.AVAILABILITY_PRESERVING);
  }

  /** The same wish for versions that replace each other in this order. */
  public DesiredVersions inOrder(TransitionOrder other) {
    return new DesiredVersions(model, candidates, keep, broken, labels, policy, excluded, other);
  }

  /** A wish of somebody who excludes nothing. */
  public DesiredVersions(
      String model,
      List<VersionArtifact> candidates,
      int keep,
      List<BrokenVersion> broken,
      Map<String, Long> labels) {
    this(model, candidates, keep, broken, labels, "latest: " + keep, Set.of());
  }

  /** Whether the version is there, but the policy, not a fault, keeps it from serving. */
  public boolean leavesOut(long version) {
    return excluded.contains(version)
        || candidates.stream().anyMatch(candidate -> candidate.id().version() == version);
  }

  private static void checkIds(
      String model, List<VersionArtifact> candidates, List<BrokenVersion> broken) {
    Set<ModelVersionId> seen = new HashSet<>();
    Stream.concat(
            candidates.stream().map(VersionArtifact::id), broken.stream().map(BrokenVersion::id))
        .forEach(
            id -> {
              if (!id.model().equals(model) || !seen.add(id)) {
                throw new IllegalArgumentException(
                    "%s is named twice or is no version of %s".formatted(id, Quote.of(model)));
              }
            });
  }

  /** The wish that nothing of the model be served. */
  public static DesiredVersions none(String model) {
    return new DesiredVersions(model, List.of(), 0, List.of(), Map.of());
  }
}
