package io.millrace.server.lifecycle;

import io.millrace.server.model.BrokenVersion;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.VersionArtifact;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Loads first and unloads after: a version that serves is taken down only when everything that is
 * to replace it has come up or failed. The rule and its name are TensorFlow Serving's. Pure.
 *
 * <p>To serve are the newest {@code keep} candidates that have not failed, so an older version
 * steps in for a failed one. A version that serves is never reloaded because its files changed, and
 * never dropped because they broke; a failed one is tried again when its files change.
 */
final class AvailabilityPreservingPolicy {
  private AvailabilityPreservingPolicy() {}

  /** The steps that can be taken now; ask again when one has ended. */
  static List<Transition> next(DesiredVersions wish, List<VersionSnapshot> versions) {
    Map<Long, VersionSnapshot> known =
        versions.stream().collect(Collectors.toMap(VersionSnapshot::version, Function.identity()));
    Set<Long> target = target(wish, known);
    List<Transition> steps = new ArrayList<>();
    addLoads(wish, known, target, steps);
    addFailures(wish, known, steps);
    addForgets(wish, versions, steps);
    if (steps.stream().noneMatch(Transition.Load.class::isInstance) && settled(known, target)) {
      addUnloads(versions, target, steps);
    }
    return steps;
  }

  private static Set<Long> target(DesiredVersions wish, Map<Long, VersionSnapshot> known) {
    TreeSet<Long> usable = new TreeSet<>();
    for (VersionArtifact candidate : wish.candidates()) {
      if (!hasFailed(known.get(candidate.id().version()), candidate.fingerprint())) {
        usable.add(candidate.id().version());
      }
    }
    for (BrokenVersion broken : wish.broken()) {
      if (isIn(known.get(broken.id().version()), VersionState.READY)) {
        usable.add(broken.id().version());
      }
    }
    return usable.descendingSet().stream().limit(wish.keep()).collect(Collectors.toSet());
  }

  private static void addLoads(
      DesiredVersions wish,
      Map<Long, VersionSnapshot> known,
      Set<Long> target,
      List<Transition> steps) {
    for (VersionArtifact candidate : wish.candidates()) {
      VersionSnapshot version = known.get(candidate.id().version());
      if (target.contains(candidate.id().version()) && isDown(version)) {
        steps.add(new Transition.Load(candidate));
      }
    }
  }

  private static void addFailures(
      DesiredVersions wish, Map<Long, VersionSnapshot> known, List<Transition> steps) {
    for (BrokenVersion broken : wish.broken()) {
      VersionSnapshot version = known.get(broken.id().version());
      if (isDown(version) && !hasFailed(version, broken.fingerprint())) {
        steps.add(new Transition.Fail(broken));
      }
    }
  }

  private static void addForgets(
      DesiredVersions wish, List<VersionSnapshot> versions, List<Transition> steps) {
    Set<Long> onDisk = new TreeSet<>();
    wish.candidates().forEach(candidate -> onDisk.add(candidate.id().version()));
    wish.broken().forEach(broken -> onDisk.add(broken.id().version()));
    for (VersionSnapshot version : versions) {
      if (isDown(version) && !onDisk.contains(version.version())) {
        steps.add(new Transition.Forget(version.version()));
      }
    }
  }

  private static void addUnloads(
      List<VersionSnapshot> versions, Set<Long> target, List<Transition> steps) {
    for (VersionSnapshot version : versions) {
      if (isIn(version, VersionState.READY) && !target.contains(version.version())) {
        steps.add(new Transition.Unload(version.version()));
      }
    }
  }

  private static boolean settled(Map<Long, VersionSnapshot> known, Set<Long> target) {
    return target.stream().allMatch(version -> isIn(known.get(version), VersionState.READY));
  }

  private static boolean hasFailed(@Nullable VersionSnapshot version, String fingerprint) {
    return version != null
        && version.state() == VersionState.FAILED
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
