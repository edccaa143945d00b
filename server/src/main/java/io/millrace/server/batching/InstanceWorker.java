package io.millrace.server.batching;

import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.model.CallObserver.Execution;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
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
  private final Executor replies;
  private final CompletableFuture<Void> started = new CompletableFuture<>();
  private final Thread thread;

  InstanceWorker(String name, LoadedModel model, BatchQueue queue, Executor replies) {
    this.model = model;
    this.signature = model.signature();
    this.allOutputs = signature.outputs().stream().map(TensorSpec::name).toList();
    this.queue = queue;
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
      for (Optional<PendingRequest> next = queue.take(); next.isPresent(); next = queue.take()) {
        serve(instance, next.get());
      }
    } catch (Throwable e) {
      if (!started.completeExceptionally(e)) {
        log.error("{} ended unexpectedly", thread.getName(), e);
      }
    }
  }

  private void serve(ModelInstance instance, PendingRequest pending) {
    long now = System.nanoTime();
    try {
      pending.request().observer().taken(pending.enqueuedNanos(), now);
      Optional<ServingException> obsolete = pending.obsolete(now);
      if (obsolete.isPresent()) {
        replies.execute(() -> pending.answer().completeExceptionally(obsolete.get()));
      } else {
        execute(instance, pending, now);
      }
    } catch (Throwable e) {
      // Whatever comes of one call, its instance lives on for the next.
      replies.execute(() -> pending.answer().completeExceptionally(engineFailure(e)));
    } finally {
      // A flag that the model left would end the wait for the next call.
      Thread.interrupted();
    }
  }

  private void execute(ModelInstance instance, PendingRequest pending, long began) {
    try {
      List<Tensor> outputs = run(instance, pending.request());
      reply(pending, began, () -> pending.answer().complete(outputs));
    } catch (Throwable e) {
      reply(pending, began, () -> pending.answer().completeExceptionally(engineFailure(e)));
    }
  }

  private static ServingException engineFailure(Throwable e) {
    return e instanceof ServingException known
        ? known
        : ServingException.failure(Reason.ENGINE_ERROR, "the model failed on this input", e);
  }

  private List<Tensor> run(ModelInstance instance, InferenceRequest request) {
    return instance.run(
        request.inputs(), request.outputs().isEmpty() ? allOutputs : request.outputs());
  }

  /** The observer is told on the reply thread too: measuring must not hold up the instance. */
  private void reply(PendingRequest pending, long began, Runnable answer) {
    InferenceRequest request = pending.request();
    Execution execution = new Execution(thread.getName(), request.rows(), began, System.nanoTime());
    replies.execute(
        () -> {
          request.observer().executed(execution);
          answer.run();
        });
  }
}
