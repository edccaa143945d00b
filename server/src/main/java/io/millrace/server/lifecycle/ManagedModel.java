package io.millrace.server.lifecycle;

import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.VersionArtifact;
import java.time.Instant;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A model's wish and the records of its versions. Confined to the lifecycle thread. */
final class ManagedModel {
  private final String name;
  private final TreeMap<Long, ManagedVersion> versions = new TreeMap<>();
  private DesiredVersions wish;

  ManagedModel(String name) {
    this.name = name;
    this.wish = DesiredVersions.none(name);
  }

  String name() {
    return name;
  }

  void wish(DesiredVersions newest) {
    wish = newest;
  }

  List<Transition> nextSteps() {
    List<VersionSnapshot> snapshots =
        versions.values().stream().map(ManagedVersion::snapshot).toList();
    return switch (wish.order()) {
      case AVAILABILITY_PRESERVING -> AvailabilityPreservingPolicy.next(wish, snapshots);
      case RESOURCE_PRESERVING -> ResourcePreservingPolicy.next(wish, snapshots);
    };
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
    return wish.candidates().stream()
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
    return wish.candidates().stream().anyMatch(c -> c.id().equals(artifact.id()));
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
    List<VersionStatus> newestFirst =
        versions.descendingMap().values().stream().map(ManagedVersion::status).toList();
    return new ServingIndex.Entry(new ModelStatus(name, newestFirst, wish.labels()), ready, wish);
  }
}
