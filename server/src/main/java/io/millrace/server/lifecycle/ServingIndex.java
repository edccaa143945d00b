package io.millrace.server.lifecycle;

import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.ModelName;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.TransitionOrder;
import io.millrace.server.model.VersionArtifact;
import io.millrace.server.model.VersionSelector;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the server knows and serves at one moment, for readers that must not wait. Immutable. */
final class ServingIndex {
  private final SortedMap<String, Entry> models;

  private ServingIndex(SortedMap<String, Entry> models) {
    this.models = models;
  }

  static ServingIndex empty() {
    return new ServingIndex(new TreeMap<>());
  }

  /**
   * One model.
   *
   * @param ready the servables that may be lent, by version
   * @param wish what is wanted of it
   */
  record Entry(
      ModelStatus status, NavigableMap<Long, CountedServable> ready, DesiredVersions wish) {}

  /** This index with another entry for the model. */
  ServingIndex with(Entry entry) {
    TreeMap<String, Entry> changed = new TreeMap<>(models);
    changed.put(entry.status().model(), entry);
    return new ServingIndex(changed);
  }

  ServingIndex without(String model) {
    TreeMap<String, Entry> changed = new TreeMap<>(models);
    changed.remove(model);
    return new ServingIndex(changed);
  }

  List<ModelStatus> statuses() {
    return models.values().stream().map(Entry::status).toList();
  }

  Optional<ModelStatus> status(String model) {
    return Optional.ofNullable(models.get(model)).map(Entry::status);
  }

  /**
   * The servable to lend.
   *
   * @throws ServingException if there is none; the reason says whether waiting, an operator or
   *     another name helps
   */
  CountedServable select(String model, VersionSelector selector) {
    Entry entry = models.get(model);
    if (entry == null) {
      throw unknownModel(model);
    }
    if (selector instanceof VersionSelector.ByNumber byNumber) {
      return byNumber(entry, byNumber.version());
    }
    if (selector instanceof VersionSelector.ByLabel byLabel) {
      return byLabel(entry, byLabel.label());
    }
    if (entry.ready().isEmpty()) {
      throw nothingServes(entry);
    }
    return entry.ready().lastEntry().getValue();
  }

  private static CountedServable byNumber(Entry entry, long version) {
    CountedServable found = entry.ready().get(version);
    if (found == null) {
      throw notServed(entry, version, "version %d".formatted(version));
    }
    return found;
  }

  private static CountedServable byLabel(Entry entry, String label) {
    Long version = entry.status().labels().get(label);
    if (version == null) {
      throw ServingException.refusal(
          Reason.VERSION_NOT_FOUND,
          "model %s has no label %s; its labels are %s"
              .formatted(
                  Quote.of(entry.status().model()),
                  Quote.of(label),
                  entry.status().labels().keySet().stream().sorted().toList()));
    }
    CountedServable found = entry.ready().get(version);
    if (found == null) {
      throw notServed(entry, version, "label %s (version %d)".formatted(Quote.of(label), version));
    }
    return found;
  }

  private static ServingException notServed(Entry entry, long version, String what) {
    Optional<VersionStatus> known =
        entry.status().versions().stream().filter(v -> v.id().version() == version).findFirst();
    String named = what + " of model " + Quote.of(entry.status().model());
    if ((known.isPresent() && isComing(known.get())) || isNext(entry, version)) {
      return loading(named);
    }
    if (known.isPresent() && known.get().problem().isPresent()) {
      return failed(named, known.get().problem().get());
    }
    return ServingException.refusal(
        Reason.VERSION_NOT_FOUND,
        "%s %s; those that serve are %s"
            .formatted(named, absence(entry.wish(), version), entry.ready().keySet()));
  }

  /** Whether it is to load once the version before it has gone. */
  private static boolean isNext(Entry entry, long version) {
    return entry.wish().order() == TransitionOrder.RESOURCE_PRESERVING
        && entry.ready().isEmpty()
        && comingCandidates(entry).anyMatch(id -> id.version() == version);
  }

  /** What may serve and has not failed. */
  private static Stream<ModelVersionId> comingCandidates(Entry entry) {
    Set<ModelVersionId> failed =
        entry.status().versions().stream()
            .filter(version -> version.state() == VersionState.FAILED)
            .map(VersionStatus::id)
            .collect(Collectors.toSet());
    return entry.wish().candidates().stream()
        .map(VersionArtifact::id)
        .filter(id -> !failed.contains(id))
        .filter(id -> !entry.wish().asked().held().contains(id.version()))
        .limit(entry.wish().keep());
  }

  private static String absence(DesiredVersions wish, long version) {
    if (wish.asked().held().contains(version)) {
      return "is in the repository, but not loaded (LoadModel or :load loads it)";
    }
    return wish.leavesOut(version)
        ? "is in the repository, but version_policy (%s) does not choose it"
            .formatted(wish.policy().describe())
        : "is not in the repository";
  }

  private static ServingException nothingServes(Entry entry) {
    ModelStatus status = entry.status();
    String named = "model " + Quote.of(status.model());
    if (status.versions().stream().anyMatch(ServingIndex::isComing)
        || comingCandidates(entry).findAny().isPresent()) {
      return loading(named);
    }
    @Nullable ServingException problem =
        status.versions().stream()
            .flatMap(version -> version.problem().stream())
            .findFirst()
            .orElse(null);
    return problem == null
        ? ServingException.refusal(
            Reason.VERSION_NOT_FOUND,
            "no version of %s is served%s"
                .formatted(
                    named,
                    entry.wish().asked().held().isEmpty() ? "" : "; LoadModel or :load loads it"))
        : failed(named, problem);
  }

  private static boolean isComing(VersionStatus version) {
    return version.state() == VersionState.NEW || version.state() == VersionState.LOADING;
  }

  private static ServingException loading(String named) {
    return ServingException.refusal(
        Reason.MODEL_LOADING, named + " is loading; try again in a moment");
  }

  private static ServingException failed(String named, ServingException problem) {
    return ServingException.refusal(
        Reason.MODEL_LOAD_FAILED, named + " could not be loaded: " + problem.getMessage());
  }

  private ServingException unknownModel(String model) {
    if (!ModelName.isValid(model)) {
      return ServingException.refusal(
          Reason.MODEL_NOT_FOUND,
          "no model can be named %s: %s".formatted(Quote.of(model), ModelName.RULE));
    }
    return ServingException.refusal(
        Reason.MODEL_NOT_FOUND, "there is no model %s".formatted(Quote.of(model)));
  }
}
