package io.millrace.server.lifecycle;

import io.millrace.server.model.DesiredVersions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What following a wish would do, in a line for each version. Pure. */
final class PlanText {
  private static final Set<VersionState> UP =
      Set.of(VersionState.NEW, VersionState.LOADING, VersionState.READY);

  private PlanText() {}

  /** Loads come before unloads, as they would; empty if nothing would happen. */
  static List<String> of(DesiredVersions wish, List<VersionSnapshot> versions) {
    Map<Long, VersionState> states = new TreeMap<>();
    versions.forEach(version -> states.put(version.version(), version.state()));
    Set<Long> target = VersionPlan.target(wish, versions);
    List<String> lines = new ArrayList<>();
    target.stream()
        .filter(version -> !UP.contains(states.getOrDefault(version, VersionState.UNLOADED)))
        .sorted()
        .forEach(version -> lines.add("load %s/%d".formatted(wish.model(), version)));
    states.forEach(
        (version, state) -> {
          if (UP.contains(state) && !target.contains(version)) {
            lines.add("unload %s/%d".formatted(wish.model(), version));
          }
        });
    return lines;
  }
}
