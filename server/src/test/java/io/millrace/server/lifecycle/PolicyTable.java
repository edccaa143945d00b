package io.millrace.server.lifecycle;

import io.millrace.server.model.BrokenVersion;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.VersionArtifact;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the tables of the policies' tests are read. */
final class PolicyTable {
  private PolicyTable() {}

  static DesiredVersions wish(
      int keep, @Nullable String candidates, @Nullable String broken, Map<String, Long> labels) {
    List<VersionArtifact> usable =
        parts(candidates, " ").stream()
            .map(text -> Wishes.artifact(version(text), fingerprint(text)))
            .toList();
    List<BrokenVersion> unusable =
        parts(broken, " ").stream()
            .map(text -> Wishes.broken(version(text), fingerprint(text)))
            .toList();
    return new DesiredVersions(Wishes.MODEL, usable, keep, unusable, labels);
  }

  static List<VersionSnapshot> snapshots(@Nullable String records) {
    return parts(records, ", ").stream()
        .map(record -> parts(record, " "))
        .map(words -> snapshot(words.get(0), words.get(1)))
        .toList();
  }

  /** DUE is FAILED with a retry that is due. */
  private static VersionSnapshot snapshot(String version, String state) {
    boolean isDue = state.equals("DUE");
    return new VersionSnapshot(
        version(version),
        isDue ? VersionState.FAILED : VersionState.valueOf(state),
        fingerprint(version),
        isDue);
  }

  static List<String> parts(@Nullable String text, String separator) {
    return text == null ? List.of() : Arrays.asList(text.split(separator, -1));
  }

  private static long version(String text) {
    return Long.parseLong(text.substring(0, text.length() - 1));
  }

  private static String fingerprint(String text) {
    return text.substring(text.length() - 1);
  }

  static List<String> texts(List<Transition> steps) {
    return steps.stream().map(PolicyTable::text).toList();
  }

  private static String text(Transition step) {
    if (step instanceof Transition.Load load) {
      return "load " + load.artifact().id().version() + load.artifact().fingerprint();
    }
    if (step instanceof Transition.Fail fail) {
      return "fail " + fail.broken().id().version() + fail.broken().fingerprint();
    }
    if (step instanceof Transition.Unload unload) {
      return "unload " + unload.version();
    }
    return "forget " + ((Transition.Forget) step).version();
  }
}
