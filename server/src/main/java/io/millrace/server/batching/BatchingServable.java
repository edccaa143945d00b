package io.millrace.server.batching;

import io.millrace.server.engine.LoadedModel;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Scheduling;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.ServingStatistics;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
  private final Admission admission;
  private final RunTotals totals;

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
    this.totals = cost.totals();
    this.departures = new Departures(queue, this.workers, totals);
    this.loops = loops;
    this.admission = new Admission(queue, cost, workers.size());
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
  public Scheduling scheduling() {
    BatchPolicy.Allowed allowed = queue.policy().allowed();
    return new Scheduling(
        allowed.maxRows(), Duration.ofNanos(allowed.maxDelayNanos()), workers.size());
  }

  @Override
  public ServingStatistics statistics() {
    return totals.snapshot();
  }

  @Override
  public Optional<String> untried() {
    return workers.stream().flatMap(worker -> worker.untried().stream()).findFirst();
  }

  @Override
  public CompletionStage<List<Tensor>> infer(InferenceRequest request) {
    PendingRequest pending = new PendingRequest(request, System.nanoTime());
    if (loops.offer(pending)) {
      return pending.answer();
    }
    Optional<ServingException> refusal = admission.admit(pending);
    if (refusal.isPresent()) {
      totals.failed(pending, pending.enqueuedNanos());
      return CompletableFuture.failedFuture(refusal.get());
    }
    departures.follow(pending);
    return pending.answer();
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
