package io.millrace.server.lifecycle;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * Those who wait until nothing of a model loads, drains or unloads any more. Confined to the
 * lifecycle thread.
 */
final class Settlements {
  private final Predicate<String> settled;
  private final Map<String, List<CompletableFuture<Void>>> waiting = new HashMap<>();
  private boolean ended;

  /**
   * @param settled whether a model has settled
   */
  Settlements(Predicate<String> settled) {
    this.settled = settled;
  }

  /** Ends when the model has settled, or with SERVER_DRAINING. */
  CompletableFuture<Void> await(String model) {
    CompletableFuture<Void> end = new CompletableFuture<>();
    if (ended) {
      end.completeExceptionally(draining());
    } else {
      waiting.computeIfAbsent(model, name -> new ArrayList<>()).add(end);
      check(model);
    }
    return end;
  }

  /** The model has moved. */
  void check(String model) {
    if (waiting.containsKey(model) && settled.test(model)) {
      waiting.remove(model).forEach(end -> end.complete(null));
    }
  }

  /** Nobody waits any more: the server stops. */
  void endAll() {
    ended = true;
    waiting.values().forEach(ends -> ends.forEach(end -> end.completeExceptionally(draining())));
    waiting.clear();
  }

  private static ServingException draining() {
    return ServingException.refusal(
        Reason.SERVER_DRAINING, "the server is stopping; what was asked for may not have happened");
  }
}
