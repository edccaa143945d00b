package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.Quote;
import io.millrace.server.model.VersionPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds labels and lists of versions that point at a version that is not there or not served. Such
 * a version may come later, so these are hints, not failures. Pure.
 *
 * @param file the model's {@code config.yaml} as people know it
 * @param present the numbers of all versions, complete or not
 * @param choice what the policy chose among the complete ones
 */
record PointerCheck(
    String file, ModelSettings settings, Set<Long> present, VersionPolicy.Choice choice) {
  List<Problem> problems() {
    List<Problem> problems = new ArrayList<>();
    if (settings.policy() instanceof VersionPolicy.Specific specific) {
      specific.versions().stream()
          .filter(version -> !present.contains(version))
          .forEach(version -> problems.add(absent("version_policy", version)));
    }
    for (Map.Entry<String, Long> label : new TreeMap<>(settings.labels()).entrySet()) {
      String who = "the label " + Quote.of(label.getKey());
      if (!present.contains(label.getValue())) {
        problems.add(absent(who, label.getValue()));
      } else if (isLeftOut(label.getValue())) {
        problems.add(leftOut(who, label.getValue()));
      }
    }
    return problems;
  }

  private boolean isLeftOut(long version) {
    return !settings.policy().admits(version)
        || choice.candidates().indexOf(version) >= choice.keep();
  }

  private Problem absent(String who, long version) {
    String fault = "%s points at version %d, which is not there".formatted(who, version);
    return new Problem(file, fault, "there are the versions " + new TreeSet<>(present));
  }

  private Problem leftOut(String who, long version) {
    String fault = "%s points at version %d, which version_policy (%s) leaves out";
    return new Problem(
        file,
        fault.formatted(who, version, settings.policy().describe()),
        "choose a version_policy that serves it, such as all");
  }
}
