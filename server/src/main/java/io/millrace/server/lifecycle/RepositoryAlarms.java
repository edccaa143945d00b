package io.millrace.server.lifecycle;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ModelVersionId;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What of the repository cannot be read, or makes no sense. What was loaded from there serves on as
 * it did, and its status tells why nothing new comes. Immutable.
 */
record RepositoryAlarms(List<Problem> problems) {
  static final RepositoryAlarms NONE = new RepositoryAlarms(List.of());

  /** Begins the place of what concerns all models. */
  private static final String ALL = "repository";

  /** In one status. */
  private static final int MAX_TOLD = 5;

  RepositoryAlarms {
    problems = List.copyOf(problems);
  }

  /** The status with the alarms that concern its versions. */
  ModelStatus on(ModelStatus status) {
    return problems.isEmpty()
        ? status
        : new ModelStatus(
            status.model(),
            status.versions().stream().map(this::on).toList(),
            status.labels(),
            status.policy(),
            status.idle());
  }

  private VersionStatus on(VersionStatus version) {
    return version.state() == VersionState.READY
        ? version.alarmedBy(
            problems.stream()
                .filter(problem -> concerns(problem.place(), version.id()))
                .limit(MAX_TOLD)
                .map(RepositoryAlarms::text)
                .collect(Collectors.joining(" | ")))
        : version;
  }

  /** Without the repository's path, which is no caller's business. */
  private static String text(Problem problem) {
    String place = problem.place().startsWith(ALL + " ") ? ALL : problem.place();
    return new Problem(place, problem.fault(), problem.remedy()).toString();
  }

  private static boolean concerns(String place, ModelVersionId id) {
    return place.equals(ALL)
        || place.startsWith(ALL + " ")
        || place.equals(id.model())
        || place.equals(id.toString())
        || isSettingsOf(id.model(), place);
  }

  /** Whether it is a line of the model's settings and not one of its versions. */
  private static boolean isSettingsOf(String model, String place) {
    String start = model + "/";
    return place.startsWith(start) && !Character.isDigit(place.charAt(start.length()));
  }
}
