package io.millrace.server.lifecycle;

import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the newest wish of the repository for each model, and what operators asked beyond it, and
 * makes one wish of the two. Confined to the lifecycle thread.
 */
final class Demands {
  private final ModelControl control;
  private final Map<String, Demanded> models = new HashMap<>();
  private @Nullable Configuration configuration;
  private boolean scanned;

  Demands(ModelControl control) {
    this.control = control;
  }

  /**
   * What is demanded of one model. Immutable.
   *
   * @param scanned the wish of the repository
   * @param labels those that operators moved; they win over the repository's
   */
  record Demanded(DesiredVersions scanned, Demand demand, MovedLabels labels) {
    String model() {
      return scanned.model();
    }

    /** What operators said of labels ends when the labels in the repository change. */
    private Demanded seen(DesiredVersions newest) {
      boolean sameLabels = newest.labels().equals(scanned.labels());
      return new Demanded(newest, demand.seen(newest), sameLabels ? labels : MovedLabels.NONE);
    }

    Demanded with(Demand next) {
      return new Demanded(scanned, next, labels);
    }

    Demanded staged(StagedDemand next) {
      return new Demanded(scanned, next, labels.staged());
    }

    Demanded withLabel(String label, long version) {
      return new Demanded(scanned, demand, labels.with(label, version));
    }

    /** Both wishes in one. */
    DesiredVersions wish() {
      Map<String, Long> all = new HashMap<>(scanned.labels());
      all.putAll(labels.all());
      return scanned.with(demand.asked(scanned), all);
    }

    Set<Long> present() {
      return scanned.fingerprints().keySet();
    }

    /** The versions that the policy may choose, and that are no fault of their own. */
    Set<Long> candidates() {
      return scanned.candidates().stream()
          .map(VersionArtifact::id)
          .map(id -> id.version())
          .collect(Collectors.toSet());
    }
  }

  /** The wish to follow after a scan. */
  DesiredVersions seen(DesiredVersions scanned) {
    if (scanned.fingerprints().isEmpty()) {
      models.remove(scanned.model());
      return scanned;
    }
    Demanded next =
        of(scanned.model()).map(before -> before.seen(scanned)).orElseGet(() -> first(scanned));
    keep(next);
    return next.wish();
  }

  /** Of a model that nobody has spoken of yet but the configuration that is in force, if any. */
  private Demanded first(DesiredVersions scanned) {
    @Nullable Configuration inForce = configuration;
    return inForce == null
        ? new Demanded(scanned, Demand.none(control), MovedLabels.NONE)
        : new Demanded(
            scanned,
            inForce.demand(scanned, control),
            MovedLabels.configured(inForce.labels(scanned.model())));
  }

  /** The repository was read once. */
  void scanned() {
    scanned = true;
  }

  /**
   * Makes sure that what is not known does not exist.
   *
   * @throws ServingException SERVER_STARTING
   */
  void requireScanned() {
    if (!scanned) {
      throw ServingException.refusal(
          Reason.SERVER_STARTING, "the server is starting and has not read the repository yet");
    }
  }

  /**
   * What is demanded of a model.
   *
   * @throws ServingException MODEL_NOT_FOUND or SERVER_STARTING
   */
  Demanded known(String model) {
    return of(model)
        .orElseThrow(
            () ->
                scanned
                    ? ServingException.refusal(
                        Reason.MODEL_NOT_FOUND, "there is no model " + Quote.of(model))
                    : ServingException.refusal(
                        Reason.SERVER_STARTING,
                        "the server is starting and has not seen model %s yet"
                            .formatted(Quote.of(model))));
  }

  /**
   * What is demanded of a model that has the version.
   *
   * @throws ServingException MODEL_NOT_FOUND, VERSION_NOT_FOUND or SERVER_STARTING
   */
  Demanded known(String model, long version) {
    Demanded known = known(model);
    if (!known.present().contains(version)) {
      throw ServingException.refusal(
          Reason.VERSION_NOT_FOUND,
          "version %d of model %s is not in the repository, or not complete yet; there are %s"
              .formatted(version, Quote.of(model), known.present()));
    }
    return known;
  }

  /** What is demanded of each model. */
  List<Demanded> all() {
    return List.copyOf(models.values());
  }

  /** Who decides where no operator does. */
  ModelControl control() {
    return control;
  }

  /** From now on models that arrive are as the configuration says. */
  void configure(Configuration next) {
    configuration = next;
  }

  Optional<Demanded> of(String model) {
    return Optional.ofNullable(models.get(model));
  }

  void keep(Demanded next) {
    models.put(next.scanned().model(), next);
  }
}
