package io.millrace.server.app;

import static io.millrace.server.app.Calls.assertFailure;
import static io.millrace.server.app.Calls.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.State;
import io.millrace.v1.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls that come too early, that are too many or that take too long, before a real server. */
final class UnavailableIT {
  @TempDir private static Path temp;
  private static Path repository;
  private static RunningServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    Repositories.write(repository.resolve("slow/config.yaml"), "instances: {count: 1}\n");
    server = RunningServer.start(repository, "--scan-interval", "100ms");
    channel = server.channel();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static PredictRequest.Builder tiny() {
    return Calls.whichVersion("tiny").toBuilder();
  }

  @Test
  void aModelOnItsWay_isLoading() {
    // The first TorchScript version brings libtorch with it, which takes long.
    Repositories.copy(
        RunningServer.CHECKOUT.resolve("model-repo/digits"), repository.resolve("digits"));
    PredictRequest second =
        tiny().setModelSpec(ModelSpec.newBuilder().setName("digits").setVersion(2)).build();

    StatusRuntimeException loading =
        awaitReason("MODEL_LOADING", () -> Calls.predict(channel, second));

    assertThat(loading.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    Calls.awaitState(channel, "digits", 2, State.AVAILABLE);
  }

  private static StatusRuntimeException awaitReason(String reason, ThrowingCallable call) {
    AtomicReference<StatusRuntimeException> last = new AtomicReference<>();
    Calls.await(
        reason,
        () -> {
          StatusRuntimeException failure = failure(call);
          last.set(failure);
          return Calls.reason(failure).equals(reason);
        });
    return Objects.requireNonNull(last.get());
  }

  @Test
  void aServerThatHasNotSeenItsModelsYet_isStarting() {
    Path fresh = temp.resolve("starting/repository");
    Repositories.drop(fresh, "tiny", 1, "constant-version-1.onnx");
    Path growing = fresh.resolve("tiny/1/model.onnx");
    touch(growing);
    try (RunningServer starting = RunningServer.launch(fresh)) {
      ManagedChannel own = starting.channel();
      // What changes between two scans is still being copied, and the server waits for it a while.
      StatusRuntimeException refusal =
          awaitReason(
              "SERVER_STARTING",
              () -> {
                touch(growing);
                Calls.predict(own, tiny().build());
              });

      assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }
  }

  private static void touch(Path file) {
    try {
      // Ahead of any clock here, so that the version counts as new however long a start takes.
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(3600)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void moreCallsThanTheQueueHolds_areRefusedAndTheOthersCanBeCancelled() {
    Queue<StatusRuntimeException> failures = new ConcurrentLinkedQueue<>();
    Context.CancellableContext callers = Context.current().withCancellation();
    // On two connections: one takes no more calls at a time than the queue holds.
    List<ManagedChannel> connections = List.of(channel, server.channel());
    int calls = 1_200;
    callers.run(
        () -> {
          for (int i = 0; i < calls; i++) {
            PredictionServiceGrpc.newStub(connections.get(i % 2))
                .predict(slow(), new Failures(failures));
          }
        });
    Calls.await("the queue to be full", () -> !failures.isEmpty());

    assertThat(failures)
        .allSatisfy(f -> assertFailure(f, Status.Code.UNAVAILABLE, "MODEL_QUEUE_FULL"));
    callers.cancel(null);
    Calls.await("all calls to end", () -> failures.size() == calls);
    assertThat(failures)
        .extracting(f -> f.getStatus().getCode())
        .containsOnly(Status.Code.UNAVAILABLE, Status.Code.CANCELLED);
    assertThat(Calls.predict(channel, tiny().build()).getOutputsCount()).isEqualTo(2);
  }

  @Test
  void aDeadlineThatPasses_isDeadlineExceeded() {
    StatusRuntimeException failure =
        failure(
            () ->
                PredictionServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(100, TimeUnit.MILLISECONDS)
                    .predict(slow()));

    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
  }

  /** Some seconds of counting. */
  private static PredictRequest slow() {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("slow"))
        .addInputs(
            Tensor.newBuilder().setName("steps").setDtype(DataType.DT_INT64).addIntVal(1_000_000))
        .build();
  }

  private record Failures(Queue<StatusRuntimeException> seen)
      implements StreamObserver<PredictResponse> {
    @Override
    public void onNext(PredictResponse response) {}

    @Override
    public void onError(Throwable failure) {
      seen.add((StatusRuntimeException) failure);
    }

    @Override
    public void onCompleted() {}
  }
}
