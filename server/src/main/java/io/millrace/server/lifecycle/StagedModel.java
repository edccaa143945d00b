package io.millrace.server.lifecycle;

import io.millrace.server.lifecycle.Configuration.Listed;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What has become of a model that a configuration lists, once all has loaded or failed that was to.
 * Immutable.
 *
 * @param wish what is to be followed from now on
 * @param target the versions that are to serve then
 * @param versions how each fares
 */
record StagedModel(DesiredVersions wish, Set<Long> target, List<VersionStatus> versions) {
  static StagedModel of(DesiredVersions wish, ManagedModel model) {
    return new StagedModel(wish, VersionPlan.target(wish, model.snapshots()), model.statuses());
  }

  /**
   * Makes sure that the model can be as it is listed.
   *
   * @throws ServingException naming the first version that does not serve, or the first label that
   *     would point at none that does
   */
  void require(Listed listed) {
    for (long version : new TreeSet<>(listed.versions())) {
      if (!serves(version)) {
        throw down(version);
      }
    }
    if (up().isEmpty()) {
      throw noneUp();
    }
    listed.labels().forEach(this::requireUp);
  }

  /**
   * Makes sure that labels which orders moved meanwhile go on to point at what serves.
   *
   * @throws ServingException naming the first that would not
   */
  void requireMoved(Map<String, Long> labels) {
    new TreeMap<>(labels)
        .forEach(
            (label, version) -> {
              if (!up().contains(version)) {
                throw changedMeanwhile(
                    "label %s of model %s was moved to version %d, which would not serve,"
                        .formatted(Quote.of(label), Quote.of(wish.model()), version));
              }
            });
  }

  private boolean serves(long version) {
    return versions.stream()
        .anyMatch(v -> v.id().version() == version && v.state() == VersionState.READY);
  }

  /** The versions that serve, and will. */
  private Set<Long> up() {
    Set<Long> up = new TreeSet<>(target);
    up.removeIf(version -> !serves(version));
    return up;
  }

  private ServingException down(long version) {
    return versions.stream()
        .filter(v -> v.id().version() == version)
        .flatMap(StagedModel::failure)
        .findFirst()
        .orElseGet(
            () ->
                changedMeanwhile(
                    "version %d of model %s was deleted or unloaded"
                        .formatted(version, Quote.of(wish.model()))));
  }

  private ServingException noneUp() {
    return versions.stream().flatMap(StagedModel::failure).findFirst().orElseGet(this::noneChosen);
  }

  private ServingException noneChosen() {
    boolean unloaded =
        wish.candidates().stream()
            .anyMatch(version -> wish.asked().held().contains(version.id().version()));
    return unloaded
        ? changedMeanwhile(
            "what the version_policy (%s) of model %s chooses was deleted or unloaded"
                .formatted(wish.policy().describe(), Quote.of(wish.model())))
        : ServingException.refusal(
            Reason.VERSION_NOT_FOUND,
            "model %s has no version that its version_policy (%s) chooses; name versions in specific"
                .formatted(Quote.of(wish.model()), wish.policy().describe()));
  }

  private static ServingException changedMeanwhile(String what) {
    return ServingException.refusal(
        Reason.VERSION_NOT_FOUND,
        what + " while the configuration was carried out; nothing was changed, so send it again");
  }

  /** Why it failed, with its name, since many load at the same time. */
  private static Stream<ServingException> failure(VersionStatus version) {
    return version.state() == VersionState.FAILED
        ? version.problem().stream()
            .map(
                problem ->
                    problem
                        .withAdvice(
                            "%s does not load, so the configuration changes nothing"
                                .formatted(version.id()))
                        .about(
                            Map.of(
                                "model",
                                version.id().model(),
                                "version",
                                Long.toString(version.id().version()))))
        : Stream.empty();
  }

  private void requireUp(String label, long version) {
    if (!up().contains(version)) {
      throw ServingException.refusal(
          Reason.VERSION_NOT_FOUND,
          "label %s points at version %d of model %s, which would not serve; those that would are %s"
              .formatted(Quote.of(label), version, Quote.of(wish.model()), up()));
    }
  }
}
