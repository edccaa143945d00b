package io.millrace.server.lifecycle;

import io.millrace.server.model.DesiredVersions;
import java.util.ArrayList;
import java.util.List;

/**
 * Unloads first and loads after: nothing is loaded until all that is to go has gone, so that no
 * more versions are in memory than are wanted. Meanwhile calls may be refused. The rule and its
 * name are TensorFlow Serving's. Pure.
 */
final class ResourcePreservingPolicy {
  private ResourcePreservingPolicy() {}

  /** The steps that can be taken now; ask again when one has ended. */
  static List<Transition> next(DesiredVersions wish, List<VersionSnapshot> versions) {
    VersionPlan plan =
        new VersionPlan(wish, isServed(wish, versions) ? notDue(versions) : versions);
    List<Transition> steps = new ArrayList<>();
    if (!plan.isCrowded()) {
      steps.addAll(plan.loads());
    }
    steps.addAll(plan.notes());
    steps.addAll(plan.unloads());
    return steps;
  }

  private static boolean isServed(DesiredVersions wish, List<VersionSnapshot> versions) {
    return versions.stream().filter(version -> version.state() == VersionState.READY).count()
        >= wish.keep();
  }

  /** No retry is worth that what stands in for the failed goes. */
  private static List<VersionSnapshot> notDue(List<VersionSnapshot> versions) {
    return versions.stream()
        .map(
            version ->
                new VersionSnapshot(version.version(), version.state(), version.fingerprint()))
        .toList();
  }
}
