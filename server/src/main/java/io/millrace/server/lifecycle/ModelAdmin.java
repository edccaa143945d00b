package io.millrace.server.lifecycle;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What operators may ask of the models: to load, unload and reload them, and to move their labels.
 * Thread-safe: each order is carried out on the lifecycle thread, one after the other, and its
 * stage ends there; whoever waits no longer cancels the future of the stage. Of two orders about a
 * model the later one wins, a configuration among them.
 *
 * <p>A stage fails with MODEL_NOT_FOUND or VERSION_NOT_FOUND for what the repository does not hold,
 * MODEL_LOAD_FAILED where the caller waited for a load that failed, UNSUPPORTED_OPERATION where the
 * model control is {@code none}, and SERVER_STARTING or SERVER_DRAINING.
 */
public final class ModelAdmin {
  private final ModelControl control;
  private final LifecycleControl lifecycle;
  private final Demands demands;
  private final Orders orders;
  private final ConfigurationTurns configurations;
  private final Executor thread;

  ModelAdmin(ModelControl control, LifecycleControl lifecycle, Demands demands, Executor thread) {
    this.control = control;
    this.lifecycle = lifecycle;
    this.demands = demands;
    this.orders = new Orders(lifecycle, demands);
    this.configurations = new ConfigurationTurns(lifecycle, demands, thread);
    this.thread = thread;
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
    return inOrder(() -> orders.load(order));
  }

  /** Takes a version down, or all; it stays down until it is loaded or something new arrives. */
  public CompletionStage<Outcome> unload(Order order) {
    return inOrder(() -> orders.unload(order));
  }

  /**
   * Loads each version that serves anew, from the files as they are, and has the new copy take the
   * place of the old; those that failed are tried again. The order names no version.
   */
  public CompletionStage<Outcome> reload(Order order) {
    return inOrder(() -> orders.reload(order));
  }

  /**
   * Moves a label to a version that is READY, for which a call of the version must be possible, and
   * gives all labels. It holds until the labels in {@code config.yaml} change. Fails with
   * LABEL_MOVED if the label is not where it was expected, and with PARAMETER_INVALID if it is new
   * and the model has as many as may be.
   */
  public CompletionStage<Map<String, Long>> setLabel(LabelOrder order) {
    return inOrder(() -> orders.setLabel(order));
  }

  /**
   * Has exactly the models and versions serve that a configuration lists, and keeps it so, whatever
   * arrives, until the next configuration or an order says otherwise of a model. All of it comes up
   * before labels move and the rest goes; if some of it does not come up, the order fails with the
   * reason, and what served before serves on. It also does if a label that was moved meanwhile
   * would lose its version; other labels that were moved meanwhile win over the configuration's.
   *
   * <p>Configurations take turns. The order also fails with CONFIGURATION_WAITING if another one
   * waits already, and with CALL_CANCELLED if nobody waits for its end when its turn comes, or when
   * another wants the turn.
   *
   * @param isCallerGone whether nobody waits for the end any more; asked on the lifecycle thread
   */
  public CompletionStage<Void> configure(
      Configuration configuration, BooleanSupplier isCallerGone) {
    return inOrder(() -> configurations.add(configuration, isCallerGone));
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
    demands.scanned();
  }

  /** Nobody waits any more, from any thread: the server stops. */
  public void endWaits() {
    thread.execute(
        () -> {
          orders.endWaits();
          configurations.endAll();
        });
  }
}
