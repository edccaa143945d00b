package io.millrace.server.batching;

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
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs batches on one instance and answers their callers. Confined to the thread that the instance
 * is confined to.
 */
final class BatchRunner {
  private static final Logger log = LoggerFactory.getLogger(BatchRunner.class);

  private final ModelInstance instance;
  private final List<String> allOutputs;
  private final RunCost cost;
  private final Executor replies;
  private final Predicate<Batch> elsewhere;

  // Guarded by this.
  private @Nullable Batch running;

  /**
   * @param replies tells observers and completes answers
   * @param elsewhere takes over a batch whose run was stopped, or does not
   */
  BatchRunner(
      ModelInstance instance,
      Signature signature,
      RunCost cost,
      Executor replies,
      Predicate<Batch> elsewhere) {
    this.instance = instance;
    this.allOutputs = signature.outputs().stream().map(TensorSpec::name).toList();
    this.cost = cost;
    this.replies = replies;
    this.elsewhere = elsewhere;
  }

  /** Ends the run that is under way if nobody waits for it any more. Any thread may call it. */
  synchronized void stopUnwanted() {
    if (running != null && running.requests().stream().allMatch(PendingRequest::isGone)) {
      instance.stopRun();
    }
  }

  /** Ends the run that is under way, if any. Any thread may call it. */
  synchronized void stopRun() {
    if (running != null) {
      instance.stopRun();
    }
  }

  private synchronized void running(@Nullable Batch batch) {
    running = batch;
  }

  /** Runs those of the requests whose callers still wait. */
  void run(List<PendingRequest> taken) {
    long now = System.nanoTime();
    List<PendingRequest> live = new ArrayList<>(taken.size());
    for (PendingRequest pending : taken) {
      if (isWanted(pending, now)) {
        live.add(pending);
      }
    }
    if (!live.isEmpty()) {
      execute(new Batch(live), now);
    }
  }

  /** Whether its caller still waits; it is answered if not. */
  private boolean isWanted(PendingRequest pending, long now) {
    try {
      Optional<ServingException> obsolete = pending.obsolete(now);
      if (obsolete.isEmpty()) {
        pending.request().observer().taken(pending.enqueuedNanos(), now);
        return true;
      }
      pending.request().observer().dropped(pending.enqueuedNanos(), now);
      fail(pending, obsolete.get(), now);
      return false;
    } catch (Throwable e) {
      // Whatever comes of one call, its instance lives on for the next.
      fail(pending, engineFailure(e), now);
      return false;
    }
  }

  private void fail(PendingRequest pending, ServingException why, long now) {
    cost.totals().failed(pending, now);
    replies.execute(() -> pending.answer().completeExceptionally(why));
  }

  /**
   * @param began the moment at which its callers were seen to wait, so that none that has expired
   *     runs
   */
  private void execute(Batch batch, long began) {
    try {
      List<List<Tensor>> answers = batch.split(outputs(batch));
      ModelRun run = ended(batch, began);
      cost.totals().answered(batch, run);
      replies.execute(() -> answer(batch, run, answers));
    } catch (Throwable e) {
      if (!wasStopped(e)) {
        failed(batch, ended(batch, began), e);
      } else {
        stopped(batch, began, e);
      }
    } finally {
      // A flag that the model left would end the wait for the next call.
      Thread.interrupted();
    }
  }

  private List<Tensor> outputs(Batch batch) {
    running(batch);
    try {
      return instance.run(batch.inputs(), batch.outputs().isEmpty() ? allOutputs : batch.outputs());
    } finally {
      running(null);
    }
  }

  private void stopped(Batch batch, long began, Throwable why) {
    ModelRun run = run(batch, began);
    cost.measuredAtLeast(run.rows(), run.nanos());
    if (!elsewhere.test(batch)) {
      refuseAll(batch, run, why);
    }
  }

  /** A run that came to its own end. */
  private ModelRun ended(Batch batch, long began) {
    ModelRun run = run(batch, began);
    cost.measured(run.rows(), run.nanos());
    return run;
  }

  private ModelRun run(Batch batch, long began) {
    return ModelRun.endingNow(instance, batch.rows(), began);
  }

  private static void answer(Batch batch, ModelRun run, List<List<Tensor>> answers) {
    for (int i = 0; i < answers.size(); i++) {
      PendingRequest pending = batch.requests().get(i);
      tell(pending, run.of(i));
      pending.answer().complete(answers.get(i));
    }
  }

  /** An observer that fails must keep nobody from an answer. */
  private static void tell(PendingRequest pending, Execution execution) {
    try {
      pending.request().observer().executed(execution);
    } catch (RuntimeException e) {
      log.error("a call's observer failed", e);
    }
  }

  private static boolean wasStopped(Throwable e) {
    return e instanceof ServingException known && known.reason() == Reason.CALL_CANCELLED;
  }

  /** One request must not fail its neighbours, so each gets a run of its own. */
  private void failed(Batch batch, ModelRun run, Throwable failure) {
    if (batch.isSingle()) {
      refuseAll(batch, run, failure);
    } else {
      batch.requests().forEach(pending -> retry(pending, run));
    }
  }

  /** Alone, unless the run that failed has used up its caller's time. */
  private void retry(PendingRequest pending, ModelRun failed) {
    long now = System.nanoTime();
    Optional<ServingException> obsolete = pending.obsolete(now);
    if (obsolete.isPresent()) {
      refuse(pending, failed.of(0), obsolete.get());
    } else {
      execute(new Batch(List.of(pending)), now);
    }
  }

  private void refuseAll(Batch batch, ModelRun run, Throwable failure) {
    batch.requests().forEach(pending -> refuse(pending, run.of(0), failure));
  }

  private void refuse(PendingRequest pending, Execution execution, Throwable failure) {
    cost.totals().failed(pending, execution.endNanos());
    replies.execute(
        () -> {
          tell(pending, execution);
          pending.answer().completeExceptionally(reason(pending, failure));
        });
  }

  /** A run that was stopped and found no room elsewhere is no fault of a caller who still waits. */
  private static ServingException reason(PendingRequest pending, Throwable failure) {
    return wasStopped(failure) && !pending.isGone()
        ? ServingException.refusal(
            Reason.MODEL_QUEUE_FULL,
            "the call takes long, and too many calls of its model are waiting on this server;"
                + " try again in a moment")
        : engineFailure(failure);
  }

  private static ServingException engineFailure(Throwable e) {
    return e instanceof ServingException known
        ? known
        : ServingException.failure(Reason.ENGINE_ERROR, "the model failed on this input", e);
  }
}
