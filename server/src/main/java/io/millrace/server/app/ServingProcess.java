package io.millrace.server.app;

import io.millrace.server.batching.BatchingOptions;
import io.millrace.server.batching.BatchingServableLoader;
import io.millrace.server.canary.CanaryLoader;
import io.millrace.server.canary.CanaryScope;
import io.millrace.server.engine.EngineRegistry;
import io.millrace.server.grpc.GrpcServer;
import io.millrace.server.inference.InferenceService;
import io.millrace.server.lifecycle.ModelControl;
import io.millrace.server.lifecycle.ModelManager;
import io.millrace.server.lifecycle.VersionListener;
import io.millrace.server.lifecycle.VersionStatus;
import io.millrace.server.model.ServableLoader;
import io.millrace.server.repository.RepositoryWatcher;
import io.millrace.server.repository.VerifiedLoader;
import io.millrace.server.rest.RestGrpcService;
import io.millrace.server.telemetry.Telemetry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rooms wired together: the order in which they start, and the reverse in which they stop. */
final class ServingProcess {
  private static final Logger log = LoggerFactory.getLogger(ServingProcess.class);

  private static final int MAX_WAITING_BODIES = 256;

  /** What is idle unloads within this. */
  private static final Duration SHORTEST_UNLOAD = Duration.ofSeconds(1);

  private final ServerOptions options;
  private final ExecutorService replies;
  private final ExecutorService writers;
  private final ExecutorService bodies;
  private final CanaryLoader canary;
  private final ModelManager manager;
  private final GrpcServer grpc;
  private final RepositoryWatcher watcher;
  private final Telemetry telemetry;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private volatile boolean stopping;

  /** Takes over the telemetry. */
  ServingProcess(ServerOptions options, EngineRegistry engines, Telemetry telemetry) {
    this.options = options;
    this.telemetry = telemetry;
    replies =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), daemons("reply"));
    writers =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), daemons("writer"));
    bodies = bodyReaders();
    ServableLoader loader =
        new BatchingServableLoader(
                engines, BatchingOptions.defaults(), replies, GrpcServer::currentLoop)
            .trying(new Samples(Samples.Use.SERVE));
    canary = new CanaryLoader(loader, options.canary(), TrialVerb.command(options));
    manager =
        new ModelManager(
            verified(loader), options.lifecycle(), options.control(), telemetry.openTelemetry());
    manager.addListener(new ReadyListener());
    InferenceService inference =
        new InferenceService(
                manager,
                options.inference(),
                new InferenceService.Callers(GrpcServer::currentCall, writers))
            .measuredBy(telemetry.openTelemetry());
    grpc =
        GrpcServer.create(
            options.grpc(),
            manager,
            inference,
            List.of(rest(inference)),
            telemetry.openTelemetry());
    watcher =
        new RepositoryWatcher(options.repository(), InstantSource.system(), daemons("repository"));
    telemetry.readyWhen(() -> manager.isReady() && !stopping);
  }

  /** A manifest says that the bytes are those that somebody meant to serve. */
  private VerifiedLoader verified(ServableLoader loader) {
    CanaryScope tried = options.canary().scope();
    return new VerifiedLoader(
        options.repository(),
        tried == CanaryScope.ALL ? canary : loader,
        tried == CanaryScope.OFF ? loader : canary);
  }

  /** Threads that read large bodies; a caller that finds the queue full hears it at once. */
  private static ExecutorService bodyReaders() {
    int threads = Runtime.getRuntime().availableProcessors();
    return new ThreadPoolExecutor(
        threads,
        threads,
        0,
        TimeUnit.SECONDS,
        new ArrayBlockingQueue<>(MAX_WAITING_BODIES),
        daemons("rest"));
  }

  private RestGrpcService rest(InferenceService inference) {
    BooleanSupplier isReady = () -> manager.isReady() && !stopping;
    return new RestGrpcService(
        new RestGrpcService.Options(
            options.grpc().maxMessageBytes(),
            options.grpc().serverVersion(),
            options.grpc().defaultDeadline(),
            options.grpc().maxDeadline()),
        new RestGrpcService.Models(
            manager,
            inference,
            isReady,
            GrpcServer.openInference(options.grpc(), manager, isReady)),
        bodies);
  }

  /**
   * Opens the port and begins to read the repository. Until models are loaded, calls are refused
   * with a reason and health says NOT_SERVING.
   *
   * @throws IOException if the port cannot be opened
   */
  void start() throws IOException {
    grpc.start();
    watcher.alarmsTo(manager::alarm);
    watcher.start(manager::accept, this::firstScanDone);
  }

  private void firstScanDone() {
    if (options.control() == ModelControl.NONE) {
      watcher.scanNoMore();
    }
    manager.firstScanDone();
  }

  /** Ends when each version that the repository held at the start serves or has failed. */
  CompletableFuture<Void> ready() {
    return ready;
  }

  int grpcPort() {
    return grpc.port();
  }

  ModelManager manager() {
    return manager;
  }

  /** Stops without losing an accepted call. A step that fails is logged and the next one taken. */
  void stop() {
    stopping = true;
    grpc.enterDraining();
    step("wait for the balancers", this::waitForBalancers);
    long began = System.nanoTime();
    step("drain calls", () -> grpc.stop(options.stopTimeout()));
    step("stop reading bodies", bodies::shutdown);
    step("stop watching the repository", watcher::close);
    step("end the trials", canary::close);
    step("unload the models", () -> manager.close(rest(began)));
    step("stop replying", replies::shutdown);
    step("stop writing", writers::shutdown);
    step("send the last telemetry", telemetry::close);
  }

  /** What draining has left of the stop's time: a model that hangs must not take it twice. */
  private Duration rest(long began) {
    Duration rest = options.stopTimeout().minusNanos(System.nanoTime() - began);
    return rest.compareTo(SHORTEST_UNLOAD) < 0 ? SHORTEST_UNLOAD : rest;
  }

  private void waitForBalancers() {
    try {
      Thread.sleep(options.drainDelay().toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void step(String what, Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      log.error("could not {}", what, e);
    }
  }

  private static ThreadFactory daemons(String name) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + count.getAndIncrement());
      thread.setDaemon(true);
      return thread;
    };
  }

  private final class ReadyListener implements VersionListener {
    @Override
    public void onVersionChanged(VersionStatus status) {}

    @Override
    public void onReadinessChanged(boolean isReady) {
      if (isReady) {
        // Not on the lifecycle thread, which must not wait for whoever waits for this.
        ready.completeAsync(() -> null);
      }
    }
  }
}
