package io.millrace.server.rest;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientStreamTracer;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.millrace.server.grpc.GrpcOptions;
import io.millrace.server.grpc.GrpcServer;
import io.millrace.server.inference.InferenceOptions;
import io.millrace.server.inference.InferenceService;
import io.millrace.server.lifecycle.LifecycleOptions;
import io.millrace.server.lifecycle.ModelManager;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Signature;
import io.millrace.server.model.VersionArtifact;
import io.millrace.server.model.VersionSelector;
import io.millrace.v1.HttpModelRequest;
import io.millrace.v1.RestServiceGrpc;
import io.millrace.v1.RestServiceGrpc.RestServiceBlockingStub;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The service on a real port, with models that echo. */
final class RunningRest implements AutoCloseable {
  static final int MAX_BYTES = 4 << 20;

  final ModelManager manager;
  final InferenceService inference;
  final AtomicBoolean ready = new AtomicBoolean(true);
  private final GrpcServer server;
  private final ManagedChannel channel;

  /** Stands in for the running of models. */
  interface Running extends Function<InferenceRequest, CompletionStage<InferenceResponse>> {}

  RunningRest(Map<String, Signature> models, Executor workers) {
    this(models, workers, null);
  }

  RunningRest(
      Map<String, Signature> models,
      Executor workers,
      @Nullable Function<RunningRest, Running> running) {
    manager =
        new ModelManager(
            artifact -> new EchoModel(Objects.requireNonNull(models.get(artifact.id().model()))),
            LifecycleOptions.DEFAULTS);
    inference = new InferenceService(manager, InferenceOptions.within(1_000, MAX_BYTES));
    RestGrpcService.Options options =
        new RestGrpcService.Options(
            MAX_BYTES, "1.2.3", Duration.ofSeconds(30), Duration.ofSeconds(60));
    Running run = running == null ? inference::infer : running.apply(this);
    RestGrpcService rest =
        new RestGrpcService(
            options,
            new RestGrpcService.Models(
                manager,
                inference,
                ready::get,
                GrpcServer.openInference(options(), manager, ready::get)),
            run,
            workers);
    server = GrpcServer.create(options(), manager, inference, List.of(rest), OpenTelemetry.noop());
    models.keySet().forEach(model -> serve(model, 1));
    manager.firstScanDone();
    try {
      server.start();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.port())
            .usePlaintext()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
  }

  /** Wants one version of a model, labelled stable, and waits until it serves. */
  void serve(String model, long version) {
    serve(model, version, ModelConfig.DERIVED);
  }

  void serve(String model, long version, ModelConfig config) {
    VersionArtifact artifact =
        new VersionArtifact(
            new ModelVersionId(model, version),
            ModelFormat.ONNX,
            Path.of("model.onnx"),
            config,
            "a");
    manager.accept(
        new DesiredVersions(model, List.of(artifact), 1, List.of(), Map.of("stable", version)));
    while (!serves(model, version)) {
      Thread.onSpinWait();
    }
  }

  private boolean serves(String model, long version) {
    try {
      manager.acquire(model, new VersionSelector.ByNumber(version)).close();
      return manager.model(model).orElseThrow().versions().stream()
          .filter(status -> status.id().version() != version)
          .noneMatch(status -> status.state().name().equals("READY"));
    } catch (RuntimeException e) {
      return false;
    }
  }

  RestServiceBlockingStub stub() {
    return RestServiceGrpc.newBlockingStub(channel);
  }

  /** With an HTTP header, as Envoy hands it over. */
  RestServiceBlockingStub stub(String header, String value) {
    return stub().withInterceptors(new HeaderAttacher(header, value));
  }

  /** Adds a header late, for gRPC's own client drops some that Envoy sends. */
  private record HeaderAttacher(String name, String value) implements ClientInterceptor {
    @Override
    public <Q, P> ClientCall<Q, P> interceptCall(
        MethodDescriptor<Q, P> method, CallOptions options, Channel next) {
      return next.newCall(
          method,
          options.withStreamTracerFactory(
              new ClientStreamTracer.Factory() {
                @Override
                public ClientStreamTracer newClientStreamTracer(
                    ClientStreamTracer.StreamInfo info, Metadata headers) {
                  headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
                  return new ClientStreamTracer() {};
                }
              }));
    }
  }

  static HttpModelRequest request(String model, String body) {
    return request(model, "application/json", ByteString.copyFromUtf8(body));
  }

  static HttpModelRequest request(String model, String type, ByteString body) {
    return HttpModelRequest.newBuilder()
        .setModel(model)
        .setBody(HttpBody.newBuilder().setContentType(type).setData(body))
        .build();
  }

  /** How a call ended that must fail: code, reason and message. */
  record End(String code, String reason, String message, Map<String, String> metadata) {}

  static End failed(Supplier<HttpBody> call) {
    try {
      throw new AssertionError("expected a failure, got " + call.get().getData().toStringUtf8());
    } catch (StatusRuntimeException e) {
      ErrorInfo info = info(e);
      return new End(
          e.getStatus().getCode().name(),
          info.getReason(),
          String.valueOf(e.getStatus().getDescription()),
          info.getMetadataMap());
    }
  }

  private static ErrorInfo info(StatusRuntimeException e) {
    try {
      return StatusProto.fromThrowable(e).getDetails(0).unpack(ErrorInfo.class);
    } catch (IOException unreadable) {
      throw new AssertionError(unreadable);
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.stop(Duration.ofSeconds(2));
    manager.close();
  }

  /** A door on a free port with a laptop's limits. */
  private static GrpcOptions options() {
    return new GrpcOptions(
        "127.0.0.1",
        0,
        64 << 20,
        GrpcOptions.shareOfMemory(),
        16 << 10,
        1_000,
        true,
        "1.2.3",
        Duration.ofSeconds(30),
        Duration.ofMinutes(5));
  }
}
