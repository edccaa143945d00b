package io.millrace.server.batching;

import io.millrace.server.engine.LoadedModel;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A version behind a bounded queue that its instances serve, several requests at a time where that
 * pays; calls of tiny models run on the event loop that brings them. Thread-safe.
 */
final class BatchingServable implements Servable {
  private final String engine;
  private final LoadedModel model;
  private final BatchQueue queue;
  private final List<InstanceWorker> workers;
  private final Departures departures;
  private final TurnBatchers loops;
  private final RunCost cost;

  BatchingServable(
      String engine,
      LoadedModel model,
      BatchQueue queue,
      List<InstanceWorker> workers,
      TurnBatchers loops,
      RunCost cost) {
    this.engine = engine;
    this.model = model;
    this.queue = queue;
    this.workers = List.copyOf(workers);
    this.departures = new Departures(queue, this.workers);
    this.loops = loops;
    this.cost = cost;
  }

  @Override
  public Signature signature() {
    return model.signature();
  }

  @Override
  public String engine() {
    return engine;
  }

  @Override
  public CompletionStage<List<Tensor>> infer(InferenceRequest request) {
    PendingRequest pending = new PendingRequest(request, System.nanoTime());
    if (loops.offer(pending)) {
      return pending.answer();
    }
    if (!admits(pending) && !(makeRoom() && admits(pending))) {
      return CompletableFuture.failedFuture(
          ServingException.refusal(
              Reason.MODEL_QUEUE_FULL,
              "too many calls of model %s are waiting on this server; try again in a moment"
                  .formatted(Quote.of(request.model()))));
    }
    departures.follow(pending);
    return pending.answer();
  }

  /** Takes it into the queue unless that is full, or too long for what the caller's time allows. */
  private boolean admits(PendingRequest pending) {
    InferenceRequest request = pending.request();
    long wait = cost.nanosFor(queue.rowsAheadOf(request.priority())) / workers.size();
    long left = request.deadlineNanos() - pending.enqueuedNanos();
    return wait <= Math.max(left, 0) && queue.offer(pending);
  }

  /** Callers who have gone must not keep others out; whether any had. */
  private boolean makeRoom() {
    long now = System.nanoTime();
    List<PendingRequest> obsolete = queue.remove(waiting -> waiting.isObsolete(now));
    obsolete.forEach(waiting -> waiting.abandon(now));
    return !obsolete.isEmpty();
  }

  @Override
  public void close() {
    queue.close();
    try {
      for (InstanceWorker worker : workers) {
        worker.join();
      }
    } catch (InterruptedException e) {
      // The model stays in memory: freeing it under a running instance would crash the process.
      Thread.currentThread().interrupt();
      return;
    }
    loops.close();
    model.close();
  }
}
