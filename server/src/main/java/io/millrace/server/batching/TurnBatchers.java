package io.millrace.server.batching;

import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** The instances of a model on event loops, one for each loop that brings calls. Thread-safe. */
final class TurnBatchers {
  private final LoadedModel model;
  private final BatchPolicy policy;
  private final RunCost cost;
  private final TurnGate gate;
  private final Supplier<Optional<Executor>> currentLoop;
  private final TurnWatch watch;
  private final Predicate<Batch> workers;
  private final Map<Executor, TurnBatcher> batchers = new ConcurrentHashMap<>();
  private final Queue<ModelInstance> instances = new ConcurrentLinkedQueue<>();

  /**
   * @param gate keeps calls away from the loops
   * @param currentLoop the event loop that runs the caller
   * @param watch ends runs that hold up a loop
   * @param workers takes over a batch whose run was ended
   */
  TurnBatchers(
      LoadedModel model,
      BatchPolicy policy,
      RunCost cost,
      TurnGate gate,
      Supplier<Optional<Executor>> currentLoop,
      TurnWatch watch,
      Predicate<Batch> workers) {
    this.model = model;
    this.policy = policy;
    this.cost = cost;
    this.gate = gate;
    this.currentLoop = currentLoop;
    this.watch = watch;
    this.workers = workers;
  }

  /** Has the event loop that runs the caller run the call at the end of its turn, if it may. */
  boolean offer(PendingRequest pending) {
    if (!model.runsOnAnyThread()) {
      return false;
    }
    Optional<Executor> loop = currentLoop.get();
    return loop.isPresent() && of(loop.get()).offer(pending);
  }

  private TurnBatcher of(Executor loop) {
    TurnBatcher known = batchers.get(loop);
    return known == null ? batchers.computeIfAbsent(loop, this::create) : known;
  }

  private TurnBatcher create(Executor loop) {
    ModelInstance instance = model.newInstance();
    instances.add(instance);
    // Whoever waits for the answer is on this loop: no change of threads.
    BatchRunner runner = new BatchRunner(instance, model.signature(), cost, Runnable::run, workers);
    TurnBatcher batcher = new TurnBatcher(loop, policy, gate, runner, watch);
    watch.add(batcher);
    return batcher;
  }

  /** Once no call is unanswered. */
  void close() {
    batchers.values().forEach(watch::remove);
    instances.forEach(ModelInstance::close);
  }
}
