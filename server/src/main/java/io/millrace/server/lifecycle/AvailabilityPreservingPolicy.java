package io.millrace.server.lifecycle;

import io.millrace.server.model.DesiredVersions;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads first and unloads after: a version that serves is taken down only when everything that is
 * to replace it has come up or failed. The rule and its name are TensorFlow Serving's. Pure.
 */
final class AvailabilityPreservingPolicy {
  private AvailabilityPreservingPolicy() {}

  /** The steps that can be taken now; ask again when one has ended. */
  static List<Transition> next(DesiredVersions wish, List<VersionSnapshot> versions) {
    VersionPlan plan = new VersionPlan(wish, versions);
    List<Transition> steps = new ArrayList<>(plan.loads());
    boolean loads = !steps.isEmpty();
    steps.addAll(plan.notes());
    steps.addAll(!loads && plan.isReached() ? plan.unloads() : plan.unloadsAtOnce());
    return steps;
  }
}
