package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import io.millrace.server.lifecycle.VersionListener;
import io.millrace.server.lifecycle.VersionState;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HealthBridgeTest {
  private final RunningDoor door = new RunningDoor();
  private final VersionListener listener = door.server.listener();
  private final BlockingQueue<ServingStatus> watched = new LinkedBlockingQueue<>();

  @AfterEach
  void close() {
    door.close();
  }

  private static HealthCheckRequest request(String service) {
    return HealthCheckRequest.newBuilder().setService(service).build();
  }

  private ServingStatus check(String service) {
    return HealthGrpc.newBlockingStub(door.channel).check(request(service)).getStatus();
  }

  private void watch(String service) {
    HealthGrpc.newStub(door.channel)
        .watch(
            request(service),
            new StreamObserver<>() {
              @Override
              public void onNext(HealthCheckResponse response) {
                watched.add(response.getStatus());
              }

              @Override
              public void onError(Throwable t) {}

              @Override
              public void onCompleted() {}
            });
  }

  private ServingStatus nextWatched() throws InterruptedException {
    return watched.poll(10, TimeUnit.SECONDS);
  }

  private void change(long version, VersionState state) {
    listener.onVersionChanged(FakeCatalog.version("iris", version, state));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "millrace.v1.PredictionService",
        "millrace.v1.ModelService",
        "inference.GRPCInferenceService",
        "tensorflow.serving.PredictionService",
        "tensorflow.serving.ModelService"
      })
  void theServerAndItsServices_followReadiness(String service) {
    assertThat(check(service)).isEqualTo(ServingStatus.NOT_SERVING);

    listener.onReadinessChanged(true);
    assertThat(check(service)).isEqualTo(ServingStatus.SERVING);

    listener.onReadinessChanged(false);
    assertThat(check(service)).isEqualTo(ServingStatus.NOT_SERVING);
  }

  @Test
  void aModel_servesAsLongAsOneOfItsVersionsIsReady() {
    change(1, VersionState.LOADING);
    assertThat(check("model/iris")).isEqualTo(ServingStatus.NOT_SERVING);
    change(1, VersionState.READY);
    assertThat(check("model/iris")).isEqualTo(ServingStatus.SERVING);
    change(2, VersionState.LOADING);
    change(2, VersionState.READY);
    change(1, VersionState.DRAINING);
    change(1, VersionState.UNLOADED);
    assertThat(check("model/iris")).isEqualTo(ServingStatus.SERVING);
    change(2, VersionState.DRAINING);
    assertThat(check("model/iris")).isEqualTo(ServingStatus.NOT_SERVING);
  }

  @Test
  void aModelNobodyKnowsOrThatIsGone_isNotFound() {
    change(1, VersionState.READY);
    change(1, VersionState.UNLOADED);

    for (String service : new String[] {"model/iris", "model/rose", "no.such.Service"}) {
      assertThat(Calls.failed(() -> check(service)).code()).isEqualTo(Status.Code.NOT_FOUND);
    }
  }

  @Test
  void aWatcher_seesEveryChangeOfAModel() throws InterruptedException {
    watch("model/iris");
    assertThat(nextWatched()).isEqualTo(ServingStatus.SERVICE_UNKNOWN);

    change(1, VersionState.LOADING);
    assertThat(nextWatched()).isEqualTo(ServingStatus.NOT_SERVING);
    change(1, VersionState.READY);
    assertThat(nextWatched()).isEqualTo(ServingStatus.SERVING);
    change(1, VersionState.FAILED);
    assertThat(nextWatched()).isEqualTo(ServingStatus.NOT_SERVING);
    change(1, VersionState.UNLOADED);
    assertThat(nextWatched()).isEqualTo(ServingStatus.SERVICE_UNKNOWN);
  }

  @Test
  void aServerThatDrains_isNotServingWhateverIsAnnounced() throws InterruptedException {
    listener.onReadinessChanged(true);
    watch("");
    assertThat(nextWatched()).isEqualTo(ServingStatus.SERVING);

    door.server.enterDraining();
    assertThat(nextWatched()).isEqualTo(ServingStatus.NOT_SERVING);

    listener.onReadinessChanged(true);
    assertThat(check("")).isEqualTo(ServingStatus.NOT_SERVING);
  }
}
