package io.millrace.server.lifecycle;

import io.millrace.server.model.DesiredVersions;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which models serve: those that it lists, and of all that there is, now or later, no other.
 * Immutable.
 *
 * @param models what is listed, by name
 */
public record Configuration(Map<String, Listed> models) {
  /** The models keep their order by name, so that of two faults always the same one is told. */
  public Configuration {
    models = Collections.unmodifiableSortedMap(new TreeMap<>(models));
  }

  /**
   * A model that is to serve.
   *
   * @param versions those that are to serve; none leaves it to the model's own version policy
   * @param labels those that point elsewhere than {@code config.yaml} says
   */
  public record Listed(Set<Long> versions, Map<String, Long> labels) {
    public Listed {
      versions = Set.copyOf(versions);
      labels = Map.copyOf(labels);
    }
  }

  boolean lists(String model) {
    return models.containsKey(model);
  }

  /**
   * What this asks of a model, before operators said anything else.
   *
   * @param scanned what there is of it
   * @param control who decides where this does not
   */
  Demand demand(DesiredVersions scanned, ModelControl control) {
    @Nullable Listed listed = models.get(scanned.model());
    if (listed == null) {
      return new PinnedDemand(Set.of(), control);
    }
    return listed.versions().isEmpty()
        ? Demand.none(control).loading(scanned)
        : new PinnedDemand(listed.versions(), control);
  }

  /** The labels that this sets. */
  Map<String, Long> labels(String model) {
    @Nullable Listed listed = models.get(model);
    return listed == null ? Map.of() : listed.labels();
  }

  /** For the log, such as {@code iris [1, 2], wine by its version_policy}. */
  String describe() {
    SortedMap<String, String> texts = new TreeMap<>();
    models.forEach(
        (name, listed) ->
            texts.put(
                name,
                name
                    + (listed.versions().isEmpty()
                        ? " by its version_policy"
                        : " " + new TreeSet<>(listed.versions()))));
    return texts.isEmpty() ? "none" : String.join(", ", texts.values());
  }
}
