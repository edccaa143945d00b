package io.millrace.server.batching;

import io.millrace.server.engine.EngineRegistry;
import io.millrace.server.engine.EngineText;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.model.Reason;
import io.millrace.server.model.RunPlace;
import io.millrace.server.model.Sample;
import io.millrace.server.model.SampleSource;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServableLoader;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Loads a version into its engine, starts its instances, and has each of them warm before it
 * returns.
 */
public final class BatchingServableLoader implements ServableLoader {
  /** What says itself why a version does not load. */
  private static final Set<Reason> TELLS_ALL =
      EnumSet.of(Reason.MODEL_LOAD_FAILED, Reason.MODEL_SAMPLE_MISMATCH);

  private final EngineRegistry engines;
  private final BatchingOptions options;
  private final Crew crew;
  private final Supplier<Optional<Executor>> currentLoop;
  private final SampleSource sampleSource;
  private final TurnWatch watch = new TurnWatch();

  /** A loader whose versions run on threads of their own alone. */
  public BatchingServableLoader(EngineRegistry engines, BatchingOptions options, Executor replies) {
    this(engines, options, replies, Optional::empty);
  }

  /**
   * @param replies completes the callers' futures; its threads run the encoding of responses
   * @param currentLoop the event loop that runs the caller, as an executor whose tasks run once the
   *     loop has handled what it has read; empty on other threads
   */
  public BatchingServableLoader(
      EngineRegistry engines,
      BatchingOptions options,
      Executor replies,
      Supplier<Optional<Executor>> currentLoop) {
    this(engines, options, replies, currentLoop, SampleSource.NONE);
  }

  private BatchingServableLoader(
      EngineRegistry engines,
      BatchingOptions options,
      Executor replies,
      Supplier<Optional<Executor>> currentLoop,
      SampleSource sampleSource) {
    this.engines = engines;
    this.options = options;
    this.crew = Crew.with(replies);
    this.currentLoop = currentLoop;
    this.sampleSource = sampleSource;
  }

  /** The same loader, whose versions answer their samples on each instance before they serve. */
  public BatchingServableLoader trying(SampleSource samples) {
    return new BatchingServableLoader(engines, options, crew.replies(), currentLoop, samples);
  }

  @Override
  public Servable load(VersionArtifact artifact) {
    LoadedModel model = engines.forFormat(artifact.format()).load(artifact);
    var unused = planned(model, () -> artifact.config().preprocess().fitting(model.signature()));
    RunPlace place = planned(model, () -> PlacePlan.of(model, artifact.config()));
    List<Sample> samples = planned(model, () -> sampleSource.of(artifact, model.signature()));
    FirstRuns firstRuns = new FirstRuns(artifact.id().model(), model, samples);
    BatchPolicy policy =
        planned(model, () -> BatchPlan.of(firstRuns, artifact, options.maxBatchSize()));
    BatchQueue queue =
        new BatchQueue(
            policy, artifact.config().batching().queue().orElse(options.queue()), System::nanoTime);
    RunCost cost = new RunCost();
    List<InstanceWorker> workers =
        IntStream.range(0, options.instances(artifact.config().instances()))
            .mapToObj(i -> new InstanceWorker(name(artifact, i), model, queue, cost, crew))
            .toList();
    TurnBatchers loops =
        new TurnBatchers(
            model,
            policy,
            cost,
            new TurnGate(cost, place),
            currentLoop,
            watch,
            new Departures(queue, workers, cost.totals())::takeOver);
    Servable servable =
        new BatchingServable(artifact.format().engine(), model, queue, workers, loops, cost);
    try {
      startAll(workers, firstRuns);
    } catch (CompletionException | OutOfMemoryError e) {
      // The error may mean that no more threads could be started; those that were end now.
      servable.close();
      throw asLoadFailure(e.getCause() == null ? e : e.getCause());
    }
    return servable;
  }

  /** What a plan for the model says; without one the model does not stay. */
  private static <T> T planned(LoadedModel model, Supplier<T> plan) {
    try {
      return plan.get();
    } catch (Throwable e) {
      model.close();
      throw asLoadFailure(e);
    }
  }

  /** All are started before any failure is reported, so that all can be joined. */
  private static void startAll(List<InstanceWorker> workers, FirstRuns firstRuns) {
    CompletableFuture<?>[] starts =
        workers.stream()
            .map(worker -> worker.start(firstRuns))
            .toArray(CompletableFuture<?>[]::new);
    CompletableFuture.allOf(starts).join();
  }

  private static ServingException asLoadFailure(Throwable cause) {
    if (cause instanceof ServingException told && TELLS_ALL.contains(told.reason())) {
      return told;
    }
    return ServingException.failure(
        Reason.MODEL_LOAD_FAILED, "the model could not be started: " + why(cause), cause);
  }

  /** An engine hides its framework's words from callers; who loads a model needs them. */
  private static String why(Throwable cause) {
    Throwable framework = cause.getCause();
    if (framework != null) {
      return EngineText.of(framework);
    }
    return cause instanceof ServingException e ? e.getMessage() : "its first run failed";
  }

  private static String name(VersionArtifact artifact, int number) {
    return "instance-%s-%d-%d".formatted(artifact.id().model(), artifact.id().version(), number);
  }
}
