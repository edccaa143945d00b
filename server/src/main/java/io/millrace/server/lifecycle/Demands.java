package io.millrace.server.lifecycle;

import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.VersionArtifact;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Keeps the newest wish of the repository for each model, and what operators asked beyond it, and
 * makes one wish of the two. Confined to the lifecycle thread.
 */
final class Demands {
  private final ModelControl control;
  private final Map<String, Demanded> models = new HashMap<>();

  Demands(ModelControl control) {
    this.control = control;
  }

  /**
   * What is demanded of one model. Immutable.
   *
   * @param scanned the wish of the repository
   * @param labels those that operators moved; they win over the repository's
   */
  record Demanded(DesiredVersions scanned, Demand demand, Map<String, Long> labels) {
    Demanded {
      labels = Map.copyOf(labels);
    }

    /** What operators said of labels ends when the labels in the repository change. */
    private Demanded seen(DesiredVersions newest) {
      boolean sameLabels = newest.labels().equals(scanned.labels());
      return new Demanded(newest, demand.seen(newest), sameLabels ? labels : Map.of());
    }

    Demanded with(Demand next) {
      return new Demanded(scanned, next, labels);
    }

    Demanded withLabel(String label, long version) {
      Map<String, Long> moved = new HashMap<>(labels);
      moved.put(label, version);
      return new Demanded(scanned, demand, moved);
    }

    /** Both wishes in one. */
    DesiredVersions wish() {
      Map<String, Long> all = new HashMap<>(scanned.labels());
      all.putAll(labels);
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
        of(scanned.model())
            .map(before -> before.seen(scanned))
            .orElseGet(() -> new Demanded(scanned, Demand.none(control), Map.of()));
    keep(next);
    return next.wish();
  }

  Optional<Demanded> of(String model) {
    return Optional.ofNullable(models.get(model));
  }

  void keep(Demanded next) {
    models.put(next.scanned().model(), next);
  }
}
