package io.millrace.server.lifecycle;

import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.VersionArtifact;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A model's wish and the records of its versions. Confined to the lifecycle thread. */
final class ManagedModel {
  private final String name;
  private final TreeMap<Long, ManagedVersion> versions = new TreeMap<>();
  private DesiredVersions wish;
  private Map<String, Long> labels = Map.of();

  ManagedModel(String name) {
    this.name = name;
    this.wish = DesiredVersions.none(name);
  }

  String name() {
    return name;
  }

  void wish(DesiredVersions newest) {
    // What had no room beside another version may have it alone, and a sample may have been wrong.
    if (newest.order() != wish.order() || !newest.samples().equals(wish.samples())) {
      versions.values().stream()
          .filter(version -> version.state() == VersionState.FAILED)
          .forEach(ManagedVersion::forgiveFailures);
    }
    wish = newest;
  }

  DesiredVersions wish() {
    return wish;
  }

  List<Transition> nextSteps() {
    return switch (wish.order()) {
      case AVAILABILITY_PRESERVING -> AvailabilityPreservingPolicy.next(wish, snapshots());
      case RESOURCE_PRESERVING -> ResourcePreservingPolicy.next(wish, snapshots());
    };
  }

  List<VersionSnapshot> snapshots() {
    return versions.values().stream().map(ManagedVersion::snapshot).toList();
  }

  List<VersionStatus> statuses() {
    return versions.descendingMap().values().stream().map(ManagedVersion::status).toList();
  }

  List<ManagedVersion> failed() {
    return in(Set.of(VersionState.FAILED));
  }

  List<ManagedVersion> ready() {
    return in(Set.of(VersionState.READY));
  }

  /**
   * The numbers of the versions that serve or are to, also of those that have to unload before they
   * load again; none of a version that loads and is not wanted any more.
   */
  Set<Long> upOrComing() {
    Set<Long> numbers = new TreeSet<>(VersionPlan.target(wish, snapshots()));
    ready().forEach(version -> numbers.add(version.id().version()));
    return numbers;
  }

  private List<ManagedVersion> in(Set<VersionState> states) {
    return versions.values().stream().filter(v -> states.contains(v.state())).toList();
  }

  /** Whether no version is on its way from one state to another, and none has a reason to go. */
  boolean isAtRest() {
    return in(Set.of(VersionState.DRAINING, VersionState.UNLOADING)).isEmpty()
        && isSettled()
        && nextSteps().isEmpty();
  }

  /** Whether all that is to serve does; what failed is not to until it is tried again. */
  boolean isReached() {
    return new VersionPlan(wish, snapshots()).isReached();
  }

  /** Has the labels point where they shall by now; false if that is where they did. */
  boolean moveLabels() {
    Set<Long> serving =
        ready().stream().map(version -> version.id().version()).collect(Collectors.toSet());
    Map<String, Long> next =
        LabelPolicy.next(wish.labels(), labels, serving, wish.fingerprints().keySet());
    boolean moved = !next.equals(labels);
    labels = next;
    return moved;
  }

  /**
   * A version that serves and whose artifact is no longer what it was loaded from.
   *
   * @param artifact what it would be loaded from now
   * @param keys of its settings that changed; none if only its files did
   */
  record Stale(VersionArtifact artifact, List<String> keys) {
    ModelVersionId id() {
      return artifact.id();
    }
  }

  List<Stale> changedUnderUs() {
    return wish.complete().stream()
        .filter(candidate -> isStale(versions.get(candidate.id().version()), candidate))
        .map(candidate -> new Stale(candidate, changedKeys(candidate)))
        .toList();
  }

  private List<String> changedKeys(VersionArtifact candidate) {
    return version(candidate.id().version())
        .config()
        .map(config -> config.keysUnlike(candidate.config()))
        .orElse(List.of());
  }

  private static boolean isStale(@Nullable ManagedVersion version, VersionArtifact candidate) {
    return version != null
        && version.state() == VersionState.READY
        && !version.snapshot().fingerprint().equals(candidate.fingerprint());
  }

  /** Whether the artifact may still serve: its load may have outlived the wish for it. */
  boolean stillWants(VersionArtifact artifact) {
    long version = artifact.id().version();
    boolean wanted =
        wish.asked().loaded().contains(version)
            || wish.candidates().stream().anyMatch(c -> c.id().equals(artifact.id()));
    return wanted && !wish.asked().held().contains(version);
  }

  /** A new record for a version that is down; it goes on with the timeline of the old one. */
  ManagedVersion begin(ModelVersionId id, String fingerprint, Instant now) {
    @Nullable ManagedVersion before = versions.get(id.version());
    List<VersionStatus.StateChange> timeline = before == null ? List.of() : before.timeline();
    ManagedVersion version = new ManagedVersion(id, fingerprint, timeline, now);
    if (before != null && before.snapshot().fingerprint().equals(fingerprint)) {
      version.continueFailures(before.failures());
    }
    versions.put(id.version(), version);
    return version;
  }

  ManagedVersion version(long number) {
    ManagedVersion version = versions.get(number);
    if (version == null) {
      throw new IllegalArgumentException("no record of %s/%d".formatted(name, number));
    }
    return version;
  }

  Optional<ManagedVersion> find(long number) {
    return Optional.ofNullable(versions.get(number));
  }

  void forget(long number) {
    versions.remove(number);
  }

  /** Whether neither a wish nor a version is left. */
  boolean isGone() {
    return versions.isEmpty() && wish.candidates().isEmpty() && wish.broken().isEmpty();
  }

  /** Whether no load is waiting or under way. */
  boolean isSettled() {
    return versions.values().stream()
        .noneMatch(v -> v.state() == VersionState.NEW || v.state() == VersionState.LOADING);
  }

  ServingIndex.Entry entry() {
    NavigableMap<Long, CountedServable> ready = new TreeMap<>();
    versions.forEach(
        (number, version) -> {
          if (version.state() == VersionState.READY) {
            ready.put(number, version.servable());
          }
        });
    return new ServingIndex.Entry(
        new ModelStatus(name, statuses(), labels, wish.policy(), idle()), ready, wish);
  }

  private SortedMap<Long, String> idle() {
    return IdleVersions.of(wish, versions.keySet(), upOrComing());
  }
}
