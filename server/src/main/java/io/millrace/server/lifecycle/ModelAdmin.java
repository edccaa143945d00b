package io.millrace.server.lifecycle;

import io.millrace.server.lifecycle.Demands.Demanded;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * What operators may ask of the models: to load, unload and reload them, and to move their labels.
 * Thread-safe: each order is carried out on the lifecycle thread, one after the other, and its
 * stage ends there; whoever waits no longer cancels the future of the stage.
 *
 * <p>A stage fails with MODEL_NOT_FOUND or VERSION_NOT_FOUND for what the repository does not hold,
 * MODEL_LOAD_FAILED where the caller waited for a load that failed, UNSUPPORTED_OPERATION where the
 * model control is {@code none}, and SERVER_STARTING or SERVER_DRAINING.
 */
public final class ModelAdmin {
  private final ModelControl control;
  private final LifecycleControl lifecycle;
  private final Demands demands;
  private final Executor thread;
  private final Settlements settlements;

  // Confined to the lifecycle thread.
  private boolean scanned;

  ModelAdmin(ModelControl control, LifecycleControl lifecycle, Demands demands, Executor thread) {
    this.control = control;
    this.lifecycle = lifecycle;
    this.demands = demands;
    this.thread = thread;
    this.settlements =
        new Settlements(name -> lifecycle.model(name).map(ManagedModel::isAtRest).orElse(true));
    lifecycle.tellOfMoves(settlements::check);
  }

  /** How far an order goes before it is answered. */
  public enum Manner {
    /** Nothing is done; the answer says what would be. */
    DRY_RUN,
    AT_ONCE,
    /** The answer comes when nothing of the model loads, drains or unloads any more. */
    WHEN_SETTLED
  }

  /**
   * An order about a model.
   *
   * @param version the version that is meant; empty for the policy's choice at a load, and for all
   *     at an unload
   */
  public record Order(String model, OptionalLong version, Manner manner) {}

  /**
   * What came of an order.
   *
   * @param versions of the model, newest first
   * @param planned what a dry run would do, a line for each version
   */
  public record Outcome(List<VersionStatus> versions, List<String> planned) {
    public Outcome {
      versions = List.copyOf(versions);
      planned = List.copyOf(planned);
    }
  }

  /**
   * An order to move a label.
   *
   * @param expected where the mover thinks that it points, 0 for nowhere; empty if that is no
   *     matter
   */
  public record LabelOrder(String model, String label, long version, OptionalLong expected) {}

  /** Brings a version up, or what the policy chooses; one that failed is tried again. */
  public CompletionStage<Outcome> load(Order order) {
    return inOrder(
        () -> {
          Demanded before = known(order);
          Demand next =
              order.version().isPresent()
                  ? before.demand().loading(order.version().getAsLong())
                  : before.demand().loading(before.scanned());
          Set<Long> pardoned =
              order.version().isPresent()
                  ? Set.of(order.version().getAsLong())
                  : before.candidates();
          return carryOut(order, before.with(next), pardoned)
              .thenApply(outcome -> withoutFailure(order, outcome));
        });
  }

  /** Takes a version down, or all; it stays down until it is loaded or something new arrives. */
  public CompletionStage<Outcome> unload(Order order) {
    return inOrder(
        () -> {
          Demanded before = known(order);
          Set<Long> up = lifecycle.model(order.model()).map(ManagedModel::up).orElse(Set.of());
          Demand next =
              order.version().isPresent()
                  ? before.demand().unloading(order.version().getAsLong(), before.scanned(), up)
                  : before.demand().unloading(before.scanned());
          return carryOut(order, before.with(next), Set.of());
        });
  }

  /**
   * Loads each version that serves anew, from the files as they are, and has the new copy take the
   * place of the old; those that failed are tried again. The order names no version.
   */
  public CompletionStage<Outcome> reload(Order order) {
    return inOrder(
        () -> {
          Demanded before = known(order);
          List<ManagedVersion> serving =
              lifecycle.model(order.model()).map(ManagedModel::ready).orElse(List.of());
          if (order.manner() == Manner.DRY_RUN) {
            List<String> planned =
                serving.stream().map(version -> "reload " + version.id()).toList();
            return CompletableFuture.completedFuture(outcome(order.model(), planned));
          }
          List<CompletableFuture<Void>> renewals = renewals(before, serving);
          CompletableFuture<Outcome> rest = carryOut(order, before, before.candidates());
          return order.manner() == Manner.AT_ONCE
              ? rest
              : CompletableFuture.allOf(renewals.toArray(CompletableFuture<?>[]::new))
                  .thenCombine(rest, (none, outcome) -> outcome(order.model(), List.of()));
        });
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

  /**
   * Moves a label to a version that is READY, for which a call of the version must be possible, and
   * gives all labels. It holds until the labels in {@code config.yaml} change. Fails with
   * LABEL_MOVED if the label is not where it was expected.
   */
  public CompletionStage<Map<String, Long>> setLabel(LabelOrder order) {
    return inOrder(
        () -> {
          Demanded before = known(order.model());
          requireExpected(order);
          var unused =
              lifecycle
                  .index()
                  .select(order.model(), new VersionSelector.ByNumber(order.version()));
          Demanded next = before.withLabel(order.label(), order.version());
          demands.keep(next);
          lifecycle.follow(next.wish());
          return CompletableFuture.completedFuture(labels(order.model()));
        });
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
    return lifecycle.index().status(model).map(ModelStatus::labels).orElse(Map.of());
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
    Demanded known = known(order.model());
    if (order.version().isPresent() && !known.present().contains(order.version().getAsLong())) {
      throw ServingException.refusal(
          Reason.VERSION_NOT_FOUND,
          "version %d of model %s is not in the repository, or not complete yet; there are %s"
              .formatted(order.version().getAsLong(), Quote.of(order.model()), known.present()));
    }
    return known;
  }

  private Demanded known(String model) {
    return demands
        .of(model)
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

  private <T> CompletableFuture<T> inOrder(Supplier<CompletableFuture<T>> order) {
    CompletableFuture<T> end = new CompletableFuture<>();
    thread.execute(
        () -> {
          try {
            requireChangeable();
            CompletableFuture<T> answer = order.get();
            var unused =
                answer.whenComplete(
                    (value, failure) -> {
                      if (failure == null) {
                        end.complete(value);
                      } else {
                        end.completeExceptionally(failure);
                      }
                    });
          } catch (RuntimeException | Error e) {
            end.completeExceptionally(e);
          }
        });
    return end;
  }

  private void requireChangeable() {
    if (lifecycle.isStopping()) {
      throw ServingException.refusal(Reason.SERVER_DRAINING, "the server is stopping");
    }
    if (control == ModelControl.NONE) {
      throw ServingException.refusal(
          Reason.UNSUPPORTED_OPERATION,
          "this server was started with --model-control none, so its models stay as they were at"
              + " the start; start it with poll or explicit");
    }
  }

  /** The repository was read once. On the lifecycle thread. */
  void scanned() {
    scanned = true;
  }

  /** Nobody waits any more, from any thread: the server stops. */
  public void endWaits() {
    thread.execute(settlements::endAll);
  }
}
