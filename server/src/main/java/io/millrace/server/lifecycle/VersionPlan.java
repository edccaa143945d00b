package io.millrace.server.lifecycle;

import io.millrace.server.model.BrokenVersion;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.VersionArtifact;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What has to be done with the versions of a model, in no order yet. Pure.
 *
 * <p>To serve are the newest {@code keep} candidates that have not failed, so an older version
 * steps in for a failed one. A version that serves is never reloaded because its files changed, and
 * never dropped because they broke; a failed one is tried again when its files change or a retry is
 * due. What an operator loaded serves beside them; what an operator unloaded goes at once.
 */
final class VersionPlan {
  private final DesiredVersions wish;
  private final List<VersionSnapshot> versions;
  private final Map<Long, VersionSnapshot> known;
  private final Set<Long> target;

  VersionPlan(DesiredVersions wish, List<VersionSnapshot> versions) {
    this.wish = wish;
    this.versions = versions;
    this.known =
        versions.stream().collect(Collectors.toMap(VersionSnapshot::version, Function.identity()));
    this.target = target();
  }

  /** The versions that are to serve as things stand. */
  static Set<Long> target(DesiredVersions wish, List<VersionSnapshot> versions) {
    return new VersionPlan(wish, versions).target;
  }

  private Set<Long> target() {
    Set<Long> chosen =
        usable().descendingSet().stream()
            .limit(wish.keep())
            .collect(Collectors.toCollection(TreeSet::new));
    for (VersionArtifact version : wish.complete()) {
      if (wish.asked().loaded().contains(version.id().version())
          && !hasFailed(known.get(version.id().version()), version.fingerprint())) {
        chosen.add(version.id().version());
      }
    }
    chosen.addAll(Demand.common(wish.asked().loaded(), brokenThatServe()));
    return chosen;
  }

  private Set<Long> brokenThatServe() {
    return wish.broken().stream()
        .map(broken -> broken.id().version())
        .filter(version -> isIn(known.get(version), VersionState.READY))
        .collect(Collectors.toSet());
  }

  private NavigableSet<Long> usable() {
    TreeSet<Long> usable = new TreeSet<>();
    for (VersionArtifact candidate : wish.candidates()) {
      if (!hasFailed(known.get(candidate.id().version()), candidate.fingerprint())) {
        usable.add(candidate.id().version());
      }
    }
    usable.addAll(brokenThatServe());
    usable.removeAll(wish.asked().held());
    return usable;
  }

  List<Transition> loads() {
    List<Transition> loads = new ArrayList<>();
    for (VersionArtifact candidate : wish.complete()) {
      VersionSnapshot version = known.get(candidate.id().version());
      if (target.contains(candidate.id().version()) && isDown(version)) {
        loads.add(new Transition.Load(candidate));
      }
    }
    return loads;
  }

  /** Broken versions to be shown as failed, and records that nobody needs any more. */
  List<Transition> notes() {
    List<Transition> notes = new ArrayList<>();
    for (BrokenVersion broken : wish.broken()) {
      VersionSnapshot version = known.get(broken.id().version());
      if (isDown(version) && !hasFailed(version, broken.fingerprint())) {
        notes.add(new Transition.Fail(broken));
      }
    }
    Set<Long> onDisk = new TreeSet<>();
    wish.candidates().forEach(candidate -> onDisk.add(candidate.id().version()));
    wish.broken().forEach(broken -> onDisk.add(broken.id().version()));
    // Of what the policy leaves out only that stays on record which an operator spoke of.
    wish.spare().stream()
        .map(version -> version.id().version())
        .filter(v -> wish.asked().loaded().contains(v) || wish.asked().held().contains(v))
        .forEach(onDisk::add);
    for (VersionSnapshot version : versions) {
      if (isDown(version) && !onDisk.contains(version.version())) {
        notes.add(new Transition.Forget(version.version()));
      }
    }
    return notes;
  }

  List<Transition> unloads() {
    List<Transition> unloads = new ArrayList<>();
    for (VersionSnapshot version : versions) {
      if (isIn(version, VersionState.READY) && !target.contains(version.version())) {
        unloads.add(new Transition.Unload(version.version()));
      }
    }
    return unloads;
  }

  /** What an operator unloaded goes without waiting for anything. */
  List<Transition> unloadsAtOnce() {
    List<Transition> unloads = new ArrayList<>();
    for (VersionSnapshot version : versions) {
      if (isIn(version, VersionState.READY) && wish.asked().held().contains(version.version())) {
        unloads.add(new Transition.Unload(version.version()));
      }
    }
    return unloads;
  }

  /** Whether all that is to serve does. */
  boolean isReached() {
    return target.stream().allMatch(version -> isIn(known.get(version), VersionState.READY));
  }

  /** Whether a version that is not to serve is in memory, or on its way there. */
  boolean isCrowded() {
    return versions.stream()
        .anyMatch(
            version ->
                switch (version.state()) {
                  case DRAINING, UNLOADING -> true;
                  case NEW, LOADING, READY -> !target.contains(version.version());
                  case UNLOADED, FAILED -> false;
                });
  }

  private static boolean hasFailed(@Nullable VersionSnapshot version, String fingerprint) {
    return version != null
        && version.state() == VersionState.FAILED
        && !version.isDue()
        && version.fingerprint().equals(fingerprint);
  }

  /** Whether nothing of the version is in memory or on its way there. */
  private static boolean isDown(@Nullable VersionSnapshot version) {
    return version == null
        || version.state() == VersionState.UNLOADED
        || version.state() == VersionState.FAILED;
  }

  private static boolean isIn(@Nullable VersionSnapshot version, VersionState state) {
    return version != null && version.state() == state;
  }
}
