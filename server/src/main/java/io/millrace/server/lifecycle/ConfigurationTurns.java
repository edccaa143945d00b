package io.millrace.server.lifecycle;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Puts configurations into force one after the other: two at a time would take away what the other
 * one brings. While one is under way one more may wait, and whose caller has gone does nothing any
 * more once another comes. Confined to the lifecycle thread.
 */
final class ConfigurationTurns {
  private final LifecycleControl lifecycle;
  private final Demands demands;
  private final Executor thread;
  private final Settlements arrivals;
  private @Nullable Turn current;
  private @Nullable Turn waiting;

  /**
   * @param thread the lifecycle thread, for what must not happen in the middle of a model's steps
   */
  ConfigurationTurns(LifecycleControl lifecycle, Demands demands, Executor thread) {
    this.lifecycle = lifecycle;
    this.demands = demands;
    this.thread = thread;
    this.arrivals =
        new Settlements(name -> lifecycle.model(name).map(ManagedModel::isReached).orElse(true));
    lifecycle.tellOfMoves(arrivals::check);
  }

  private record Turn(
      ConfigurationChange change, BooleanSupplier isCallerGone, CompletableFuture<Void> end) {
    boolean isAbandoned() {
      return isCallerGone.getAsBoolean();
    }

    void fail(Throwable failure) {
      end.completeExceptionally(failure);
    }
  }

  /**
   * Puts the configuration into force, or has it wait for the one that is under way.
   *
   * @throws ServingException CONFIGURATION_WAITING if another one waits
   */
  CompletableFuture<Void> add(Configuration configuration, BooleanSupplier isCallerGone) {
    dropAbandoned();
    if (waiting != null) {
      throw ServingException.refusal(
          Reason.CONFIGURATION_WAITING,
          "one configuration is being carried out and another waits for its turn; send this one again when they have ended");
    }
    Turn turn =
        new Turn(
            new ConfigurationChange(lifecycle, demands, configuration),
            isCallerGone,
            new CompletableFuture<>());
    waiting = turn;
    beginNext();
    return turn.end();
  }

  /** Nobody waits any more: the server stops. */
  void endAll() {
    @Nullable Turn next = waiting;
    waiting = null;
    if (next != null) {
      next.fail(
          ServingException.refusal(
              Reason.SERVER_DRAINING, "the server is stopping; nothing was changed"));
    }
    arrivals.endAll();
  }

  private void dropAbandoned() {
    @Nullable Turn next = waiting;
    if (next != null && next.isAbandoned()) {
      waiting = null;
      next.fail(callerGone());
    }
    @Nullable Turn turn = current;
    if (turn != null && turn.isAbandoned()) {
      over(turn, callerGone());
    }
  }

  private static ServingException callerGone() {
    return ServingException.refusal(
        Reason.CALL_CANCELLED, "the caller has gone, so its configuration is not carried out");
  }

  private void beginNext() {
    @Nullable Turn next = waiting;
    if (current == null && next != null) {
      waiting = null;
      current = next;
      begin(next);
    }
  }

  private void begin(Turn turn) {
    if (turn.isAbandoned()) {
      over(turn, callerGone());
      return;
    }
    try {
      turn.change().begin();
    } catch (RuntimeException | Error e) {
      over(turn, e);
      return;
    }
    var unused =
        arrived(turn)
            .thenRunAsync(() -> finish(turn), thread)
            .whenCompleteAsync((none, failure) -> over(turn, failure), thread);
  }

  private CompletableFuture<Void> arrived(Turn turn) {
    return CompletableFuture.allOf(
        turn.change().listed().stream().map(arrivals::await).toArray(CompletableFuture<?>[]::new));
  }

  private void finish(Turn turn) {
    if (turn.equals(current)) {
      turn.change().finish();
    }
  }

  /** Ends a turn, unless it ended when another took its place, and begins the next. */
  private void over(Turn turn, @Nullable Throwable failure) {
    if (!turn.equals(current)) {
      return;
    }
    current = null;
    if (failure == null) {
      turn.end().complete(null);
    } else {
      turn.change().undo();
      turn.fail(failure);
    }
    beginNext();
  }
}
