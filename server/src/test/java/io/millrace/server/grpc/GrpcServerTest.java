package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GrpcServerTest {
  private static final PredictRequest REQUEST =
      PredictRequest.newBuilder().setModelSpec(ModelSpec.newBuilder().setName("iris")).build();

  private static GrpcServer server(GrpcOptions options) {
    return GrpcServer.create(options, new FakeCatalog(), () -> true, new FakeInference());
  }

  @Test
  void aPortInUse_isSaidWithItsAddress() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      GrpcServer server = server(RunningDoor.laptop(taken.getLocalPort()));

      assertThatThrownBy(server::start)
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("cannot listen on 127.0.0.1:" + taken.getLocalPort())
          .hasMessageContaining("in use");
    }
  }

  @Test
  void aHostThatDoesNotExist_isSaid() {
    GrpcOptions laptop = RunningDoor.laptop(0);
    GrpcServer server =
        server(
            new GrpcOptions(
                "no-such-host.invalid",
                0,
                laptop.maxMessageBytes(),
                laptop.maxMemoryBytes(),
                laptop.maxMetadataBytes(),
                laptop.maxConcurrentCallsPerConnection(),
                true,
                "1",
                laptop.defaultDeadline(),
                laptop.maxDeadline()));

    assertThatThrownBy(server::start)
        .isInstanceOf(IOException.class)
        .hasMessage("cannot listen on no-such-host.invalid:0: the host is unknown");
  }

  @Test
  void optionsOutOfBounds_areRefusedWithTheValue() {
    assertThatThrownBy(() -> RunningDoor.laptop(70_000))
        .hasMessage("port is 0 to 65535, got 70000");
    assertThatThrownBy(() -> RunningDoor.maxMessage(0)).hasMessageContaining("got 0");
    assertThatThrownBy(
            () ->
                new GrpcOptions(
                    "h", 0, 1, 1, 1, 1, true, "1", Duration.ofSeconds(9), Duration.ofSeconds(8)))
        .hasMessageContaining("got PT9S");
  }

  @Test
  void stopping_waitsForTheCallsThatRunAndRefusesOthers() throws Exception {
    RunningDoor door = new RunningDoor();
    CompletableFuture<InferenceResponse> late = new CompletableFuture<>();
    door.inference.answer(request -> late);
    Future<PredictResponse> running =
        PredictionServiceGrpc.newFutureStub(door.channel).predict(REQUEST);
    InferenceRequest seen = door.inference.requests.poll(20, TimeUnit.SECONDS);

    CompletableFuture<Boolean> stopped =
        CompletableFuture.supplyAsync(() -> door.server.stop(Duration.ofSeconds(20)));
    Await.until(
        () ->
            Calls.failed(
                        () ->
                            PredictionServiceGrpc.newBlockingStub(door.channel)
                                .withDeadlineAfter(1, TimeUnit.SECONDS)
                                .predict(REQUEST))
                    .code()
                == Status.Code.UNAVAILABLE);
    assertThat(running.isDone()).isFalse();
    late.complete(FakeInference.echo(seen));

    assertThat(running.get(20, TimeUnit.SECONDS).getModelSpec().getVersion()).isEqualTo(3);
    assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
    door.close();
  }

  @Test
  void stopping_endsTheStreamsThatOnlyTheirCallersWouldEnd() {
    RunningDoor door = new RunningDoor();
    FirstAndEnd<HealthCheckResponse> watch = new FirstAndEnd<>();
    HealthGrpc.newStub(door.channel).watch(HealthCheckRequest.getDefaultInstance(), watch);
    FirstAndEnd<ServerReflectionResponse> reflection = new FirstAndEnd<>();
    ServerReflectionGrpc.newStub(door.channel)
        .serverReflectionInfo(reflection)
        .onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    watch.first.join();
    reflection.first.join();

    assertThat(door.server.stop(Duration.ofSeconds(20))).isTrue();

    for (CompletableFuture<Throwable> end : List.of(watch.end, reflection.end)) {
      Calls.End seen =
          Calls.failed(
              () -> {
                throw (StatusRuntimeException) end.join();
              });
      assertThat(seen.code()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(seen.reason()).isEqualTo("SERVER_DRAINING");
    }
    door.close();
  }

  /** Keeps that an answer came and how the stream failed. */
  private static final class FirstAndEnd<T> implements StreamObserver<T> {
    private final CompletableFuture<Boolean> first =
        new CompletableFuture<Boolean>().orTimeout(20, TimeUnit.SECONDS);
    private final CompletableFuture<Throwable> end =
        new CompletableFuture<Throwable>().orTimeout(20, TimeUnit.SECONDS);

    @Override
    public void onNext(T answer) {
      first.complete(true);
    }

    @Override
    public void onError(Throwable failure) {
      end.complete(failure);
    }

    @Override
    public void onCompleted() {
      end.completeExceptionally(new AssertionError("the stream ended well"));
    }
  }

  @Test
  void aCallThatOutlastsTheGrace_isCutOff() throws Exception {
    RunningDoor door = new RunningDoor();
    door.inference.answer(request -> new CompletableFuture<>());
    Future<PredictResponse> running =
        PredictionServiceGrpc.newFutureStub(door.channel).predict(REQUEST);
    InferenceRequest seen = door.inference.requests.poll(20, TimeUnit.SECONDS);

    assertThat(door.server.stop(Duration.ofMillis(10))).isFalse();

    Await.until(running::isDone);
    assertThat(seen.cancellation().isRequested()).isTrue();
    door.close();
  }

  @Test
  void aFurtherDoor_isServedAndHasAHealthName() throws Exception {
    BindableService door =
        () ->
            ServerServiceDefinition.builder("millrace.test.Door")
                .addMethod(
                    ModelServiceGrpc.getListModelsMethod().toBuilder()
                        .setFullMethodName("millrace.test.Door/Knock")
                        .build(),
                    ServerCalls.asyncUnaryCall(
                        (request, observer) ->
                            observer.onError(
                                ServingException.refusal(Reason.SERVER_OVERLOADED, "full"))))
                .build();
    GrpcServer server =
        GrpcServer.create(
            RunningDoor.laptop(0),
            new FakeCatalog(),
            () -> true,
            new FakeInference(),
            List.of(door),
            OpenTelemetry.noop());
    server.start();
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();

    Calls.End end = Calls.raw(channel, "millrace.test.Door/Knock", new Metadata(), new byte[0]);
    HealthCheckResponse health =
        HealthGrpc.newBlockingStub(channel)
            .check(HealthCheckRequest.newBuilder().setService("millrace.test.Door").build());

    assertThat(end.reason()).isEqualTo("SERVER_OVERLOADED");
    assertThat(health.getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
    channel.shutdownNow();
    server.stop(Duration.ofSeconds(2));
  }

  @Test
  void draining_stillAnswersCalls() {
    try (RunningDoor door = new RunningDoor()) {
      door.server.enterDraining();

      assertThat(
              PredictionServiceGrpc.newBlockingStub(door.channel)
                  .predict(REQUEST)
                  .getModelSpec()
                  .getName())
          .isEqualTo("iris");
    }
  }
}
