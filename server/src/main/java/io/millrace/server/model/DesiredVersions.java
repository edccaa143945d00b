package io.millrace.server.model;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
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
 * @param policy what chose the candidates
 * @param excluded versions that there are and that the policy does not admit, for messages only
 * @param spare complete versions that the policy does not admit; only an operator can ask for them
 * @param asked what an operator asked for beyond the policy
 * @param order in which order versions replace each other
 * @param samples changes when the samples beside the versions do
 */
public record DesiredVersions(
    String model,
    List<VersionArtifact> candidates,
    int keep,
    List<BrokenVersion> broken,
    Map<String, Long> labels,
    VersionPolicy policy,
    Set<Long> excluded,
    List<VersionArtifact> spare,
    AskedVersions asked,
    TransitionOrder order,
    String samples) {
  /**
   * @throws IllegalArgumentException if {@code keep} is negative, or a version is of another model
   *     or named twice: a version either may serve or is broken
   */
  public DesiredVersions {
    candidates = List.copyOf(candidates);
    broken = List.copyOf(broken);
    labels = Map.copyOf(labels);
    excluded = Set.copyOf(excluded);
    spare = List.copyOf(spare);
    if (keep < 0) {
      throw new IllegalArgumentException("a model keeps 0 versions or more, got " + keep);
    }
    checkIds(model, candidates, spare, broken);
  }

  /** A wish that leaves nothing to ask for beyond it, of somebody who does not mind the order. */
  public DesiredVersions(
      String model,
      List<VersionArtifact> candidates,
      int keep,
      List<BrokenVersion> broken,
      Map<String, Long> labels,
      VersionPolicy policy,
      Set<Long> excluded) {
    this(
        model,
        candidates,
        keep,
        broken,
        labels,
        policy,
        excluded,
        List.of(),
        AskedVersions.NOTHING,
        TransitionOrder.AVAILABILITY_PRESERVING,
        "");
  }

  /** The same wish for versions that replace each other in this order. */
  public DesiredVersions inOrder(TransitionOrder other) {
    return new DesiredVersions(
        model, candidates, keep, broken, labels, policy, excluded, spare, asked, other, samples);
  }

  /** The same wish for versions that are tried on other samples. */
  public DesiredVersions triedOn(String other) {
    return new DesiredVersions(
        model, candidates, keep, broken, labels, policy, excluded, spare, asked, order, other);
  }

  /** A wish of somebody who excludes nothing. */
  public DesiredVersions(
      String model,
      List<VersionArtifact> candidates,
      int keep,
      List<BrokenVersion> broken,
      Map<String, Long> labels) {
    this(model, candidates, keep, broken, labels, new VersionPolicy.Latest(keep), Set.of());
  }

  /** Whether the version is there, but the policy, not a fault, keeps it from serving. */
  public boolean leavesOut(long version) {
    return excluded.contains(version)
        || candidates.stream().anyMatch(candidate -> candidate.id().version() == version);
  }

  /** The same wish with what an operator asked for, and with other labels. */
  public DesiredVersions with(AskedVersions asking, Map<String, Long> otherLabels) {
    return new DesiredVersions(
        model,
        candidates,
        keep,
        broken,
        otherLabels,
        policy,
        excluded,
        spare,
        asking,
        order,
        samples);
  }

  /** The complete versions that a policy or an operator may want, the policy's first. */
  public List<VersionArtifact> complete() {
    return Stream.concat(candidates.stream(), spare.stream()).toList();
  }

  /** The versions that there are, each with what tells its files from others. */
  public Map<Long, String> fingerprints() {
    Map<Long, String> present = new TreeMap<>();
    complete().forEach(version -> present.put(version.id().version(), version.fingerprint()));
    broken.forEach(version -> present.put(version.id().version(), version.fingerprint()));
    return present;
  }

  private static void checkIds(
      String model,
      List<VersionArtifact> candidates,
      List<VersionArtifact> spare,
      List<BrokenVersion> broken) {
    Set<ModelVersionId> seen = new HashSet<>();
    Stream.of(
            candidates.stream().map(VersionArtifact::id),
            spare.stream().map(VersionArtifact::id),
            broken.stream().map(BrokenVersion::id))
        .flatMap(Function.identity())
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
