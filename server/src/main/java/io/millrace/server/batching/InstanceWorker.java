package io.millrace.server.batching;

import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
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
    try {
      List<Tensor> outputs = run(instance, pending);
      replies.execute(() -> pending.answer().complete(outputs));
    } catch (ServingException e) {
      replies.execute(() -> pending.answer().completeExceptionally(e));
    } catch (Throwable e) {
      // Whatever a model does to one call, its instance lives on for the next.
      ServingException failure =
          ServingException.failure(Reason.ENGINE_ERROR, "the model failed on this input", e);
      replies.execute(() -> pending.answer().completeExceptionally(failure));
    } finally {
      // A flag that the model left would end the wait for the next call.
      Thread.interrupted();
    }
  }

  private List<Tensor> run(ModelInstance instance, PendingRequest pending) {
    Optional<ServingException> obsolete = pending.obsolete(System.nanoTime());
    if (obsolete.isPresent()) {
      throw obsolete.get();
    }
    InferenceRequest request = pending.request();
    return instance.run(
        request.inputs(), request.outputs().isEmpty() ? allOutputs : request.outputs());
  }
}
