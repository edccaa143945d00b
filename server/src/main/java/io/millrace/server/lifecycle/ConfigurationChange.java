package io.millrace.server.lifecycle;

import io.millrace.server.lifecycle.Configuration.Listed;
import io.millrace.server.lifecycle.Demands.Demanded;
import io.millrace.server.model.AskedVersions;
import io.millrace.server.model.TransitionOrder;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts one configuration into force, or changes nothing: first what it lists comes up beside what
 * serves, and when all of it serves, labels move and the rest goes. Confined to the lifecycle
 * thread.
 *
 * <p>Where the versions of a listed model replace each other in the resource-preserving order, what
 * serves goes first; it comes back if the configuration comes to nothing.
 */
final class ConfigurationChange {
  private static final Logger log = LoggerFactory.getLogger(ModelManager.class);

  private final LifecycleControl lifecycle;
  private final Demands demands;
  private final Configuration configuration;

  ConfigurationChange(LifecycleControl lifecycle, Demands demands, Configuration configuration) {
    this.lifecycle = lifecycle;
    this.demands = demands;
    this.configuration = configuration;
  }

  /** The models that must come up. */
  Set<String> listed() {
    return configuration.models().keySet();
  }

  /**
   * Begins to bring up what is listed.
   *
   * @throws io.millrace.server.model.ServingException if some of it is not there; nothing has
   *     happened then
   */
  void begin() {
    demands.requireScanned();
    configuration.models().forEach(this::requireThere);
    demands.all().forEach(this::stage);
  }

  private void requireThere(String model, Listed listed) {
    var unused = demands.known(model);
    for (long version : listed.versions()) {
      unused = demands.known(model, version);
    }
  }

  private void stage(Demanded before) {
    Demand after = configuration.demand(before.scanned(), demands.control());
    Demanded staged = before.staged(new StagedDemand(staying(before), before.demand(), after));
    demands.keep(staged);
    if (configuration.lists(before.model())) {
      lifecycle.model(before.model()).ifPresent(model -> lifecycle.pardon(model, pardoned(staged)));
    }
    lifecycle.follow(staged.wish());
  }

  private Set<Long> staying(Demanded before) {
    boolean goesFirst =
        configuration.lists(before.model())
            && before.scanned().order() == TransitionOrder.RESOURCE_PRESERVING;
    return goesFirst
        ? Set.of()
        : lifecycle.model(before.model()).map(ManagedModel::upOrComing).orElse(Set.of());
  }

  /** What failed and is wanted now is tried again, as by a load. */
  private static Set<Long> pardoned(Demanded staged) {
    AskedVersions asked = staged.demand().asked(staged.scanned());
    Set<Long> pardoned = new TreeSet<>(staged.candidates());
    pardoned.addAll(asked.loaded());
    pardoned.removeAll(asked.held());
    return pardoned;
  }

  /**
   * Has the configuration hold from now on.
   *
   * @throws io.millrace.server.model.ServingException if something listed did not come up, or a
   *     label that was moved meanwhile would lose its version; nothing has happened then
   */
  void finish() {
    configuration.models().forEach(this::requireUp);
    demands.all().forEach(this::requireMoved);
    demands.configure(configuration);
    demands.all().forEach(staged -> follow(next(staged)));
    log.info("a configuration is in force; models that serve: {}", configuration.describe());
  }

  private void requireUp(String name, Listed listed) {
    model(demands.known(name)).require(listed);
  }

  /** Who moved a label was told that it points at what serves, so that must go on to be true. */
  private void requireMoved(Demanded staged) {
    model(staged).requireMoved(staged.labels().recent());
  }

  private StagedModel model(Demanded staged) {
    Demanded next = next(staged);
    return lifecycle
        .model(staged.model())
        .map(model -> StagedModel.of(next.wish(), model))
        .orElseGet(() -> new StagedModel(next.wish(), Set.of(), List.of()));
  }

  /** What is to hold of a model, also of one that came while the others loaded. */
  private Demanded next(Demanded staged) {
    Demand demand =
        staged.demand() instanceof StagedDemand change
            ? change.after()
            : configuration.demand(staged.scanned(), demands.control());
    return new Demanded(
        staged.scanned(), demand, staged.labels().after(configuration.labels(staged.model())));
  }

  /** What was before holds again; what came up for nothing goes. */
  void undo() {
    for (Demanded staged : demands.all()) {
      if (staged.demand() instanceof StagedDemand change) {
        follow(staged.with(change.before()));
      }
    }
  }

  private void follow(Demanded next) {
    demands.keep(next);
    lifecycle.follow(next.wish());
  }
}
