package io.millrace.server.grpc;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.millrace.openinference.GRPCInferenceServiceGrpc.AsyncService;
import io.millrace.server.inference.InferenceService;
import io.millrace.server.lifecycle.ModelManager;
import io.millrace.server.lifecycle.VersionListener;
import io.millrace.server.model.CallObserver;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.security.Authorizer;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gRPC port: Millrace's services, the Open Inference Protocol, TensorFlow Serving's services,
 * health and, if wanted, reflection. Thread-safe.
 *
 * <p>Calls are handled on Netty's event loops, so nothing behind this door may block; models answer
 * through futures. To stop without losing a call: {@link #enterDraining()}, wait until the
 * balancers have seen it, {@link #stop}.
 */
public final class GrpcServer {
  private static final Logger LOG = LoggerFactory.getLogger(GrpcServer.class);

  /** What calls that are cut off get to end themselves. */
  private static final Duration CUT_OFF = Duration.ofSeconds(5);

  private static final int IDLE_SECONDS = 10;

  private final GrpcOptions options;
  private final EventLoops loops = EventLoops.create();
  private final ExecutorService workers = workers();
  private final HealthBridge health;
  private final CallGuard guard;
  private final CallRecorder recorder;
  private final AtomicBoolean draining = new AtomicBoolean();
  private final Runnable endWaits;
  private final Server server;

  private GrpcServer(
      GrpcOptions options,
      ModelCatalog catalog,
      BooleanSupplier ready,
      Function<InferenceRequest, CompletionStage<InferenceResponse>> infer,
      List<BindableService> doors,
      OpenTelemetry telemetry) {
    this.options = options;
    recorder = new CallRecorder(telemetry, catalog);
    HealthStatusManager statuses = new HealthStatusManager();
    health = new HealthBridge(statuses, healthNames(doors));
    DoorServices services =
        new DoorServices(
            options, catalog, () -> ready.getAsBoolean() && !draining.get(), infer, workers);
    guard = services.guard();
    endWaits = catalog::endWaits;
    Map<String, ServerMethodDefinition<?, ?>> inferences = services.inferenceMethods(guard);
    MessageLimits limits = MessageLimits.of(options.maxMessageBytes(), inferences.keySet(), doors);
    StalledCalls stalled = new StalledCalls(options.patience(), loops.acceptor());
    MessageMemory memory = new MessageMemory(options.maxMemoryBytes(), stalled::memoryIsShort);
    GrpcMetrics.show(memory, telemetry);
    NettyServerBuilder builder =
        NettyBounds.builder(options)
            .addStreamTracerFactory(recorder)
            .addStreamTracerFactory(MessageTracer.factory(memory, stalled, limits))
            // The last one is the outermost.
            .intercept(new AdminGuard(new Authorizer(options.security())))
            .intercept(guard)
            .fallbackHandlerRegistry(new UnknownMethods());
    loops.addTo(builder);
    for (BindableService service : services.all(statuses)) {
      builder.addService(
          StreamedService.of(
              service, method -> RequestBounds.message(limits.of(method)), inferences));
    }
    for (BindableService door : doors) {
      // What they get are bodies, of which they know the limit, in an envelope.
      builder.addService(
          StreamedService.of(door, method -> RequestBounds.envelope(limits.of(method)), Map.of()));
    }
    server = builder.build();
  }

  /**
   * Threads for what is too long for an event loop; they end when there is nothing to do. What
   * waits for them is bounded by the memory of messages, of which each keeps its share meanwhile.
   */
  private static ExecutorService workers() {
    int threads = Runtime.getRuntime().availableProcessors();
    ThreadPoolExecutor workers =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory("grpc-worker", true));
    workers.allowCoreThreadTimeOut(true);
    return workers;
  }

  private static List<String> healthNames(List<BindableService> doors) {
    return Stream.concat(
            DoorServices.HEALTH_NAMES.stream(),
            doors.stream().map(door -> door.bindService().getServiceDescriptor().getName()))
        .toList();
  }

  /**
   * A server, not started yet, that hears of the manager's changes from now on; make it before the
   * manager gets its first wish.
   *
   * @param doors further services for the port; they must not block, and end a call that fails by
   *     {@code onError} with a ServingException
   */
  public static GrpcServer create(
      GrpcOptions options,
      ModelManager manager,
      InferenceService inference,
      List<BindableService> doors,
      OpenTelemetry telemetry) {
    GrpcServer created =
        new GrpcServer(
            options,
            new ManagedModels(manager),
            manager::isReady,
            inference::infer,
            doors,
            telemetry);
    manager.addListener(created.listener());
    manager.addListener(created.recorder);
    return created;
  }

  /**
   * The Open Inference Protocol's service without its inferences, for doors that tell the same in
   * another form. Its failures are for the observers of this server's calls. Thread-safe.
   */
  public static AsyncService openInference(
      GrpcOptions options, ModelManager manager, BooleanSupplier ready) {
    return new OpenInferenceGrpcService(new ManagedModels(manager), ready, options.serverVersion());
  }

  /**
   * Who follows the call that this thread handles; for the service behind the doors. A door that
   * goes on elsewhere takes {@link io.grpc.Context} along.
   */
  public static CallObserver currentCall() {
    return CallRecord.current().<CallObserver>map(Function.identity()).orElse(CallObserver.NONE);
  }

  /**
   * The event loop that runs the caller, empty on other threads. What it is given runs when all
   * that was read is handled, and must not block.
   */
  public static Optional<Executor> currentLoop() {
    return EventLoops.current();
  }

  /** A server over stand-ins, for tests. */
  static GrpcServer create(
      GrpcOptions options,
      ModelCatalog catalog,
      BooleanSupplier ready,
      Function<InferenceRequest, CompletionStage<InferenceResponse>> infer) {
    return create(options, catalog, ready, infer, List.of(), OpenTelemetry.noop());
  }

  /** A server over stand-ins that tells of its calls, for tests. */
  static GrpcServer create(
      GrpcOptions options,
      ModelCatalog catalog,
      BooleanSupplier ready,
      Function<InferenceRequest, CompletionStage<InferenceResponse>> infer,
      List<BindableService> doors,
      OpenTelemetry telemetry) {
    return new GrpcServer(options, catalog, ready, infer, doors, telemetry);
  }

  VersionListener listener() {
    return health;
  }

  /**
   * Begins to accept calls.
   *
   * @throws IOException if nothing can listen on the address; the message says which and why, in
   *     words for the operator
   */
  public void start() throws IOException {
    try {
      server.start();
    } catch (IOException e) {
      throw cannotListen(e);
    }
  }

  private IOException cannotListen(IOException failure) {
    String address = options.host() + ":" + options.port();
    if (new InetSocketAddress(options.host(), options.port()).isUnresolved()) {
      return new IOException(
          "cannot listen on %s: the host is unknown".formatted(address), failure);
    }
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return new IOException(
        "cannot listen on %s: %s"
            .formatted(address, withoutCall(String.valueOf(cause.getMessage()))),
        failure);
  }

  /** Native transports put the system call first: "bind(..) failed with error(-98): ...". */
  private static String withoutCall(String message) {
    int colon = message.lastIndexOf(": ");
    return colon < 0 ? message : message.substring(colon + 2);
  }

  /** The port that the server listens on. */
  public int port() {
    return server.getPort();
  }

  /**
   * Tells all who ask for health or readiness that this server is about to go, for good; calls are
   * still answered.
   */
  public void enterDraining() {
    if (draining.compareAndSet(false, true)) {
      health.enterDraining();
    }
  }

  /**
   * Enters draining, refuses new calls, ends the streams that only their callers would end, and
   * waits for the calls that run; what has not ended by then is cut off. Calls after the first
   * change nothing.
   *
   * @return whether every call and connection came to its own end
   */
  public boolean stop(Duration grace) {
    enterDraining();
    server.shutdown();
    guard.endStreams();
    endWaits.run();
    boolean drained = awaitEnd(grace);
    if (!drained) {
      LOG.warn("some callers had not gone after {} ms and are cut off", grace.toMillis());
      server.shutdownNow();
      awaitEnd(CUT_OFF);
    }
    workers.shutdown();
    loops.close();
    return drained;
  }

  private boolean awaitEnd(Duration limit) {
    try {
      return server.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
