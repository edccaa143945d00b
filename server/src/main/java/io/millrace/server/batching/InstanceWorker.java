package io.millrace.server.batching;

import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.model.Signature;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
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
  private final BatchQueue queue;
  private final RunCost cost;
  private final Executor replies;
  private final CompletableFuture<Void> started = new CompletableFuture<>();
  private final Thread thread;
  private volatile @Nullable BatchRunner runner;

  InstanceWorker(String name, LoadedModel model, BatchQueue queue, RunCost cost, Executor replies) {
    this.model = model;
    this.signature = model.signature();
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

  /** Ends the run that is under way if nobody waits for it any more. Any thread may call it. */
  void stopUnwanted() {
    BatchRunner started = runner;
    if (started != null) {
      started.stopUnwanted();
    }
  }

  private void live() {
    try (ModelInstance instance = model.newInstance()) {
      WarmUp.run(instance, signature);
      started.complete(null);
      BatchRunner runner = new BatchRunner(instance, signature, cost, replies, batch -> false);
      this.runner = runner;
      for (Optional<Batch> next = queue.take(); next.isPresent(); next = queue.take()) {
        runner.run(next.get().requests());
      }
    } catch (Throwable e) {
      if (!started.completeExceptionally(e)) {
        log.error("{} ended unexpectedly", thread.getName(), e);
      }
    }
  }
}
