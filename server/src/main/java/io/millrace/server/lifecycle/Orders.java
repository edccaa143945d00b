package io.millrace.server.lifecycle;

import io.millrace.server.lifecycle.Demands.Demanded;
import io.millrace.server.lifecycle.ModelAdmin.LabelOrder;
import io.millrace.server.lifecycle.ModelAdmin.Manner;
import io.millrace.server.lifecycle.ModelAdmin.Order;
import io.millrace.server.lifecycle.ModelAdmin.Outcome;
import io.millrace.server.model.LabelLimit;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Carries out the orders of operators; {@link ModelAdmin} says what each means. A future ends here,
 * and a refusal that is known at once is thrown. Confined to the lifecycle thread.
 */
final class Orders {
  private final LifecycleControl lifecycle;
  private final Announcements announcements;
  private final Demands demands;
  private final Settlements settlements;

  Orders(LifecycleControl lifecycle, Demands demands) {
    this.lifecycle = lifecycle;
    this.announcements = lifecycle.announcements();
    this.demands = demands;
    this.settlements =
        new Settlements(name -> lifecycle.model(name).map(ManagedModel::isAtRest).orElse(true));
    lifecycle.tellOfMoves(settlements::check);
  }

  /** Nobody waits any more: the server stops. */
  void endWaits() {
    settlements.endAll();
  }

  CompletableFuture<Outcome> load(Order order) {
    Demanded before = known(order);
    Demand next =
        order.version().isPresent()
            ? before.demand().loading(order.version().getAsLong())
            : before.demand().loading(before.scanned());
    Set<Long> pardoned =
        order.version().isPresent() ? Set.of(order.version().getAsLong()) : before.candidates();
    return carryOut(order, before.with(next), pardoned)
        .thenApply(outcome -> withoutFailure(order, outcome));
  }

  CompletableFuture<Outcome> unload(Order order) {
    Demanded before = known(order);
    Set<Long> up = lifecycle.model(order.model()).map(ManagedModel::upOrComing).orElse(Set.of());
    Demand next =
        order.version().isPresent()
            ? before.demand().unloading(order.version().getAsLong(), before.scanned(), up)
            : before.demand().unloading(before.scanned());
    return carryOut(order, before.with(next), Set.of());
  }

  CompletableFuture<Outcome> reload(Order order) {
    Demanded before = known(order);
    List<ManagedVersion> serving =
        lifecycle.model(order.model()).map(ManagedModel::ready).orElse(List.of());
    if (order.manner() == Manner.DRY_RUN) {
      List<String> planned = serving.stream().map(version -> "reload " + version.id()).toList();
      return CompletableFuture.completedFuture(outcome(order.model(), planned));
    }
    List<CompletableFuture<Void>> renewals = renewals(before, serving);
    CompletableFuture<Outcome> rest = carryOut(order, before, before.candidates());
    return order.manner() == Manner.AT_ONCE
        ? rest
        : CompletableFuture.allOf(renewals.toArray(CompletableFuture<?>[]::new))
            .thenCombine(rest, (none, outcome) -> outcome(order.model(), List.of()));
  }

  private List<CompletableFuture<Void>> renewals(Demanded before, List<ManagedVersion> serving) {
    List<CompletableFuture<Void>> renewals = new ArrayList<>();
    for (ManagedVersion version : serving) {
      ManagedModel model = lifecycle.model(version.id().model()).orElseThrow();
      renewals.add(
          before.scanned().complete().stream()
              .filter(artifact -> artifact.id().equals(version.id()))
              .findFirst()
              .map(artifact -> lifecycle.renew(model, version, artifact))
              .orElseGet(() -> CompletableFuture.failedFuture(broken(before, version.id()))));
    }
    return renewals;
  }

  private static ServingException broken(Demanded before, ModelVersionId id) {
    return before.scanned().broken().stream()
        .filter(version -> version.id().equals(id))
        .map(version -> version.problem())
        .findFirst()
        .orElseGet(
            () ->
                ServingException.refusal(
                    Reason.VERSION_NOT_FOUND, id + " is no longer in the repository"));
  }

  CompletableFuture<Map<String, Long>> setLabel(LabelOrder order) {
    Demanded before = demands.known(order.model());
    requireExpected(order);
    var unused =
        announcements.index().select(order.model(), new VersionSelector.ByNumber(order.version()));
    Demanded next = before.withLabel(order.label(), order.version());
    requireRoom(before, next);
    demands.keep(next);
    lifecycle.follow(next.wish());
    return CompletableFuture.completedFuture(labels(order.model()));
  }

  /** A label that moves takes no room. */
  private static void requireRoom(Demanded before, Demanded next) {
    int count = next.wish().labels().size();
    if (count > LabelLimit.MAX_LABELS && count > before.wish().labels().size()) {
      throw ServingException.refusal(
          Reason.PARAMETER_INVALID,
          LabelLimit.breach(next.model(), count)
              + "; move one that it has, or edit labels in its config.yaml, which ends those that orders set");
    }
  }

  private void requireExpected(LabelOrder order) {
    long pointing = labels(order.model()).getOrDefault(order.label(), 0L);
    if (order.expected().isPresent() && order.expected().getAsLong() != pointing) {
      throw ServingException.refusal(
          Reason.LABEL_MOVED,
          "label %s of model %s points at %s, not at %s as expected; read it and decide again"
              .formatted(
                  Quote.of(order.label()),
                  Quote.of(order.model()),
                  place(pointing),
                  place(order.expected().getAsLong())));
    }
  }

  private static String place(long version) {
    return version == 0 ? "no version" : "version " + version;
  }

  private Map<String, Long> labels(String model) {
    return announcements.index().status(model).map(ModelStatus::labels).orElse(Map.of());
  }

  private CompletableFuture<Outcome> carryOut(Order order, Demanded next, Set<Long> pardoned) {
    String name = order.model();
    if (order.manner() == Manner.DRY_RUN) {
      List<VersionSnapshot> versions =
          lifecycle.model(name).map(ManagedModel::snapshots).orElse(List.of()).stream()
              .filter(
                  version ->
                      version.state() != VersionState.FAILED
                          || !pardoned.contains(version.version()))
              .toList();
      return CompletableFuture.completedFuture(outcome(name, PlanText.of(next.wish(), versions)));
    }
    demands.keep(next);
    lifecycle.model(name).ifPresent(model -> lifecycle.pardon(model, pardoned));
    lifecycle.follow(next.wish());
    return order.manner() == Manner.AT_ONCE
        ? CompletableFuture.completedFuture(outcome(name, List.of()))
        : settlements.await(name).thenApply(settled -> outcome(name, List.of()));
  }

  private Outcome outcome(String model, List<String> planned) {
    return new Outcome(
        lifecycle.model(model).map(ManagedModel::statuses).orElse(List.of()), planned);
  }

  /** Who waited for a load hears of its failure as a failure. */
  private static Outcome withoutFailure(Order order, Outcome outcome) {
    if (order.manner() != Manner.WHEN_SETTLED) {
      return outcome;
    }
    boolean serves =
        order.version().isEmpty()
            && outcome.versions().stream().anyMatch(v -> v.state() == VersionState.READY);
    outcome.versions().stream()
        .filter(v -> !serves && isMeant(order, v))
        .flatMap(v -> v.problem().stream())
        .findFirst()
        .ifPresent(
            problem -> {
              throw problem;
            });
    return outcome;
  }

  private static boolean isMeant(Order order, VersionStatus version) {
    return version.state() == VersionState.FAILED
        && (order.version().isEmpty() || order.version().getAsLong() == version.id().version());
  }

  private Demanded known(Order order) {
    return order.version().isPresent()
        ? demands.known(order.model(), order.version().getAsLong())
        : demands.known(order.model());
  }
}
