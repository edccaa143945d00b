package io.millrace.server.batching;

import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.model.CallObserver.Execution;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One instance and the thread that makes, runs and closes it. Answers leave by the reply executor:
 * a slow caller must not hold up the instance.
 */
final class InstanceWorker {
  private static final Logger log = LoggerFactory.getLogger(InstanceWorker.class);

  private final LoadedModel model;
  private final Signature signature;
  private final List<String> allOutputs;
  private final BatchQueue queue;
  private final RunCost cost;
  private final Executor replies;
  private final CompletableFuture<Void> started = new CompletableFuture<>();
  private final Thread thread;

  InstanceWorker(String name, LoadedModel model, BatchQueue queue, RunCost cost, Executor replies) {
    this.model = model;
    this.signature = model.signature();
    this.allOutputs = signature.outputs().stream().map(TensorSpec::name).toList();
    this.queue = queue;
    this.cost = cost;
    this.replies = replies;
    this.thread = new Thread(this::live, name);
    this.thread.setDaemon(true);
  }

  /** Ends when the instance is warm, or exceptionally with a ServingException. */
  CompletableFuture<Void> start() {
    thread.start();
    return started;
  }

  /** Waits until the thread has closed its instance; the queue must have been closed. */
  void join() throws InterruptedException {
    thread.join();
  }

  private void live() {
    try (ModelInstance instance = model.newInstance()) {
      WarmUp.run(instance, signature);
      started.complete(null);
      for (Optional<Batch> next = queue.take(); next.isPresent(); next = queue.take()) {
        serve(instance, next.get());
      }
    } catch (Throwable e) {
      if (!started.completeExceptionally(e)) {
        log.error("{} ended unexpectedly", thread.getName(), e);
      }
    }
  }

  private void serve(ModelInstance instance, Batch taken) {
    long now = System.nanoTime();
    List<PendingRequest> live = new ArrayList<>(taken.requests().size());
    for (PendingRequest pending : taken.requests()) {
      if (isWanted(pending, now)) {
        live.add(pending);
      }
    }
    if (!live.isEmpty()) {
      execute(instance, new Batch(live));
    }
  }

  /** Whether its caller still waits; it is answered if not. */
  private boolean isWanted(PendingRequest pending, long now) {
    try {
      pending.request().observer().taken(pending.enqueuedNanos(), now);
      Optional<ServingException> obsolete = pending.obsolete(now);
      obsolete.ifPresent(why -> replies.execute(() -> pending.answer().completeExceptionally(why)));
      return obsolete.isEmpty();
    } catch (Throwable e) {
      // Whatever comes of one call, its instance lives on for the next.
      replies.execute(() -> pending.answer().completeExceptionally(engineFailure(e)));
      return false;
    }
  }

  private void execute(ModelInstance instance, Batch batch) {
    long began = System.nanoTime();
    try {
      List<List<Tensor>> answers = batch.split(run(instance, batch));
      List<Execution> executions = executions(batch, began);
      replies.execute(() -> answer(batch, executions, answers));
    } catch (Throwable e) {
      failed(instance, batch, executions(batch, began).get(0), e);
    } finally {
      // A flag that the model left would end the wait for the next call.
      Thread.interrupted();
    }
  }

  private List<Tensor> run(ModelInstance instance, Batch batch) {
    return instance.run(batch.inputs(), batch.outputs().isEmpty() ? allOutputs : batch.outputs());
  }

  /** One for each request. */
  private List<Execution> executions(Batch batch, long began) {
    long rows = batch.rows();
    long ended = System.nanoTime();
    cost.measured(rows, ended - began);
    return IntStream.range(0, batch.requests().size())
        .mapToObj(place -> new Execution(thread.getName(), rows, place, began, ended))
        .toList();
  }

  /** The observers are told on the reply thread too: measuring must not hold up the instance. */
  private static void answer(Batch batch, List<Execution> executions, List<List<Tensor>> answers) {
    for (int i = 0; i < answers.size(); i++) {
      PendingRequest pending = batch.requests().get(i);
      pending.request().observer().executed(executions.get(i));
      pending.answer().complete(answers.get(i));
    }
  }

  /** One request must not fail its neighbours, so each gets a run of its own. */
  private void failed(ModelInstance instance, Batch batch, Execution execution, Throwable failure) {
    if (batch.isSingle()) {
      PendingRequest pending = batch.requests().get(0);
      replies.execute(
          () -> {
            pending.request().observer().executed(execution);
            pending.answer().completeExceptionally(engineFailure(failure));
          });
    } else {
      batch.requests().forEach(pending -> execute(instance, new Batch(List.of(pending))));
    }
  }

  private static ServingException engineFailure(Throwable e) {
    return e instanceof ServingException known
        ? known
        : ServingException.failure(Reason.ENGINE_ERROR, "the model failed on this input", e);
  }
}
