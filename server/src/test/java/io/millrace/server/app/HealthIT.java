package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ReloadModelRequest;
import io.millrace.v1.State;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What balancers and people learn by grpc.health.v1 while versions come and go. */
final class HealthIT {
  @TempDir private Path temp;
  private Path repository;
  private RunningServer server;
  private ManagedChannel channel;

  @BeforeEach
  void startWithOneModel() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    server = RunningServer.start(repository, "--scan-interval", "100ms");
    channel = server.channel();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void theServerItsServicesAndItsModels_areServing() {
    for (String service :
        List.of(
            "",
            "millrace.v1.PredictionService",
            "millrace.v1.ModelService",
            "inference.GRPCInferenceService",
            "tensorflow.serving.PredictionService",
            "tensorflow.serving.ModelService",
            "model/tiny")) {
      assertThat(check(service)).as(service).isEqualTo(ServingStatus.SERVING);
    }
  }

  @Test
  void aVersionDrop_leavesTheModelServingAllTheTime() {
    Watch watch = watch("model/tiny");
    Repositories.drop(repository, "tiny", 2, "constant-version-2.onnx");
    Calls.awaitState(channel, "tiny", 2, State.AVAILABLE);
    Repositories.delete(repository.resolve("tiny/1"));
    Calls.awaitState(channel, "tiny", 1, State.UNKNOWN);

    assertThat(check("model/tiny")).isEqualTo(ServingStatus.SERVING);
    assertThat(watch.seen).containsExactly(ServingStatus.SERVING);
  }

  @Test
  void aReload_leavesTheModelServingAllTheTime() {
    Watch watch = watch("model/tiny");
    for (int i = 0; i < 5; i++) {
      reload();
    }
    Repositories.write(repository.resolve("tiny/1/model.onnx"), "no model");
    StatusRuntimeException refusal =
        catchThrowableOfType(StatusRuntimeException.class, this::reload);
    assertThat(Calls.reason(refusal)).isEqualTo("MODEL_LOAD_FAILED");

    assertThat(check("model/tiny")).isEqualTo(ServingStatus.SERVING);
    assertThat(Calls.predict(channel, Calls.whichVersion("tiny")).getModelSpec().getVersion())
        .isEqualTo(1);
    assertThat(watch.seen).containsExactly(ServingStatus.SERVING);
  }

  @Test
  void aModelThatComesAndGoes_isSeenByItsWatcherAndThenUnknown() {
    Repositories.drop(repository, "other", 1, "constant-version-3.onnx");
    Calls.awaitState(channel, "other", 1, State.AVAILABLE);
    Watch watch = watch("model/tiny");
    Watch early = watch("model/later");

    Repositories.delete(repository.resolve("tiny"));
    Repositories.drop(repository, "later", 1, "constant-version-2.onnx");

    watch.awaitEnding(
        ServingStatus.SERVING, ServingStatus.NOT_SERVING, ServingStatus.SERVICE_UNKNOWN);
    early.awaitEnding(
        ServingStatus.SERVICE_UNKNOWN, ServingStatus.NOT_SERVING, ServingStatus.SERVING);
    StatusRuntimeException unknown =
        catchThrowableOfType(StatusRuntimeException.class, () -> check("model/tiny"));
    assertThat(unknown.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(check("")).isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void aModelThatNeverLoads_isNotServing_andTheServerIs() {
    Repositories.write(repository.resolve("broken/1/model.onnx"), "not a model");
    Calls.awaitState(channel, "broken", 1, State.END);

    assertThat(check("model/broken")).isEqualTo(ServingStatus.NOT_SERVING);
    assertThat(check("")).isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void aStop_isToldToWatchers_whoDoNotHoldItUp() throws Exception {
    Watch watch = watch("");
    watch.awaitEnding(ServingStatus.SERVING);

    server.terminate();

    assertThat(server.awaitExit()).isZero();
    Throwable end = watch.end.get(10, TimeUnit.SECONDS);
    assertThat(watch.seen).containsExactly(ServingStatus.SERVING, ServingStatus.NOT_SERVING);
    // Cut off after the grace it would have no reason.
    assertThat(Calls.reason((StatusRuntimeException) end)).isEqualTo("SERVER_DRAINING");
  }

  private void reload() {
    var unused =
        ModelServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(60, TimeUnit.SECONDS)
            .reloadModel(ReloadModelRequest.newBuilder().setName("tiny").setWait(true).build());
  }

  private ServingStatus check(String service) {
    return HealthGrpc.newBlockingStub(channel)
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .check(HealthCheckRequest.newBuilder().setService(service).build())
        .getStatus();
  }

  private Watch watch(String service) {
    Watch watch = new Watch();
    HealthGrpc.newStub(channel)
        .watch(HealthCheckRequest.newBuilder().setService(service).build(), watch);
    Calls.await("the first status of " + service, () -> !watch.seen.isEmpty());
    return watch;
  }

  private static final class Watch implements StreamObserver<HealthCheckResponse> {
    private final List<ServingStatus> seen = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Throwable> end = new CompletableFuture<>();

    @Override
    public void onNext(HealthCheckResponse response) {
      seen.add(response.getStatus());
    }

    @Override
    public void onError(Throwable failure) {
      end.complete(failure);
    }

    @Override
    public void onCompleted() {}

    void awaitEnding(ServingStatus... statuses) {
      Calls.await(
          "the watcher to see " + List.of(statuses) + ", it saw " + seen,
          () -> seen.size() >= statuses.length);
      assertThat(seen).containsExactly(statuses);
    }
  }
}
