package io.millrace.server.batching;

import static java.util.Objects.requireNonNull;

import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.model.Signature;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One instance and what takes its work from the queue. Where the engine allows it, it has a thread
 * only while there is work: a thousand models that nobody calls take none. Answers leave by the
 * reply executor: a slow caller must not hold up the instance.
 */
final class InstanceWorker {
  private static final Logger log = LoggerFactory.getLogger(InstanceWorker.class);

  private static final long FOR_EVER = Long.MAX_VALUE;

  private final String name;
  private final LoadedModel model;
  private final Signature signature;
  private final BatchQueue queue;
  private final RunCost cost;
  private final Crew crew;
  private final CompletableFuture<Void> started = new CompletableFuture<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile @Nullable BatchRunner runner;
  private volatile Optional<String> untried = Optional.empty();

  // Written before the instance begins, read by it.
  private @Nullable FirstRuns firstRuns;

  InstanceWorker(String name, LoadedModel model, BatchQueue queue, RunCost cost, Crew crew) {
    this.name = name;
    this.model = model;
    this.signature = model.signature();
    this.queue = queue;
    this.cost = cost;
    this.crew = crew;
  }

  /** Ends when the instance has done its first runs, or exceptionally with a ServingException. */
  CompletableFuture<Void> start(FirstRuns toTry) {
    firstRuns = toTry;
    try {
      if (model.runsOnAnyThread()) {
        crew.start(name, this::begin);
      } else {
        Thread thread = new Thread(this::begin, name);
        thread.setDaemon(true);
        thread.start();
      }
    } catch (Throwable e) {
      started.completeExceptionally(e);
      ended.countDown();
    }
    return started;
  }

  /** Why it was not tried before it serves; empty if it was, and until it has started. */
  Optional<String> untried() {
    return untried;
  }

  /** Waits until the instance is closed; the queue must have been closed. */
  void join() throws InterruptedException {
    ended.await();
  }

  /** Ends the run that is under way if nobody waits for it any more. Any thread may call it. */
  void stopUnwanted() {
    BatchRunner current = runner;
    if (current != null) {
      current.stopUnwanted();
    }
  }

  private void begin() {
    ModelInstance instance;
    try {
      instance = model.newInstance();
    } catch (Throwable e) {
      started.completeExceptionally(e);
      ended.countDown();
      return;
    }
    try {
      untried = requireNonNull(firstRuns).on(instance);
      firstRuns = null;
      runner = new BatchRunner(instance, signature, cost, crew.replies(), batch -> false);
    } catch (Throwable e) {
      started.completeExceptionally(e);
      end(instance);
      return;
    }
    started.complete(null);
    // Nobody has called it yet, and many others may be loading.
    work(instance, 0);
  }

  private void resume(ModelInstance instance) {
    crew.start(name, () -> work(instance, crew.patienceNanos()));
  }

  /** Runs what comes until there has been nothing for a while, or there never will be. */
  private void work(ModelInstance instance, long firstPatienceNanos) {
    try {
      Next next = next(instance, firstPatienceNanos);
      while (next == Next.TAKE) {
        next = next(instance, crew.patienceNanos());
      }
      if (next == Next.REST) {
        return;
      }
    } catch (Throwable e) {
      log.error("{} ended unexpectedly", name, e);
    }
    end(instance);
  }

  private enum Next {
    TAKE,
    REST,
    END
  }

  /**
   * Waits for a batch and runs it. Nothing of it stays with the thread: large calls would fill the
   * memory while their instances wait for the next.
   */
  private Next next(ModelInstance instance, long patienceNanos) throws InterruptedException {
    if (queue.rows() == 0) {
      instance.giveBackMemory();
    }
    long patience = model.runsOnAnyThread() ? patienceNanos : FOR_EVER;
    BatchQueue.Taken taken = queue.take(patience, () -> resume(instance));
    if (taken.batch().isEmpty()) {
      return taken.mayRest() ? Next.REST : Next.END;
    }
    requireNonNull(runner).run(taken.batch().get().requests());
    return Next.TAKE;
  }

  private void end(ModelInstance instance) {
    try {
      instance.close();
    } catch (Throwable e) {
      log.error("{} could not be closed", name, e);
    }
    ended.countDown();
  }
}
