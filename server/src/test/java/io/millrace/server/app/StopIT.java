package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.State;
import io.millrace.v1.Tensor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM at any moment: no accepted call is lost and the process ends with 0. */
final class StopIT {
  @TempDir private Path temp;
  private Path repository;

  private static final long STEPS = 200_000;

  @BeforeEach
  void prepare() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
  }

  @Test
  void underLoad_losesNoAcceptedCall() throws Exception {
    try (RunningServer server = RunningServer.start(repository)) {
      int callers = 4;
      AtomicInteger answered = new AtomicInteger();
      Queue<StatusRuntimeException> failures = new ConcurrentLinkedQueue<>();
      ExecutorService pool = Executors.newFixedThreadPool(callers);
      CountDownLatch underWay = new CountDownLatch(200);
      for (int i = 0; i < callers; i++) {
        ManagedChannel channel = server.channel();
        pool.execute(() -> callUntilRefused(channel, answered, underWay, failures));
      }
      underWay.await();
      server.terminate();

      assertThat(server.awaitExit()).isZero();
      pool.shutdown();
      assertThat(pool.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
      assertThat(answered.get()).isGreaterThanOrEqualTo(200);
      // A call that finds the door closed was never accepted; any other code would be a lost one.
      assertThat(failures)
          .hasSize(callers)
          .allSatisfy(f -> assertThat(f.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE))
          .allSatisfy(
              f ->
                  assertThat(f.getStatus().getDescription())
                      .doesNotContain("Connection reset", "closed abruptly"));
    }
  }

  private static void callUntilRefused(
      ManagedChannel channel,
      AtomicInteger answered,
      CountDownLatch underWay,
      Queue<StatusRuntimeException> failures) {
    while (true) {
      try {
        Calls.predict(channel, Calls.whichVersion("tiny"));
        answered.incrementAndGet();
        underWay.countDown();
      } catch (StatusRuntimeException e) {
        failures.add(e);
        return;
      }
    }
  }

  @Test
  void withSlowCallsUnderWay_answersThemFirst() throws Exception {
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    try (RunningServer server = RunningServer.start(repository)) {
      ManagedChannel channel = server.channel();
      Answers answers = new Answers(3);
      for (int i = 0; i < 3; i++) {
        PredictionServiceGrpc.newStub(channel).predict(slow(STEPS), answers);
      }
      Calls.predict(channel, Calls.whichVersion("tiny"));
      server.terminate();

      assertThat(server.awaitExit()).isZero();
      assertThat(answers.done.await(1, TimeUnit.SECONDS)).isTrue();
      assertThat(answers.failures).isEmpty();
      assertThat(answers.count.get()).isEqualTo(3);
    }
  }

  @Test
  void withACallThatNeverEnds_endsWithinTheStopTimeout() {
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    try (RunningServer server = RunningServer.start(repository, "--stop-timeout", "1s")) {
      ManagedChannel channel = server.channel();
      Answers answers = new Answers(1);
      PredictionServiceGrpc.newStub(channel).predict(slow(Long.MAX_VALUE), answers);
      Calls.predict(channel, Calls.whichVersion("tiny"));
      long began = System.nanoTime();
      server.terminate();

      assertThat(server.awaitExit()).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
      assertThat(answers.count.get()).isZero();
    }
  }

  private static PredictRequest slow(long steps) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("slow"))
        .addInputs(
            Tensor.newBuilder().setName("steps").setDtype(DataType.DT_INT64).addIntVal(steps))
        .build();
  }

  private static final class Answers implements StreamObserver<PredictResponse> {
    private final CountDownLatch done;
    private final AtomicInteger count = new AtomicInteger();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    private Answers(int expected) {
      done = new CountDownLatch(expected);
    }

    @Override
    public void onNext(PredictResponse response) {
      count.incrementAndGet();
    }

    @Override
    public void onError(Throwable failure) {
      failures.add(failure);
      done.countDown();
    }

    @Override
    public void onCompleted() {
      done.countDown();
    }
  }

  @Test
  void whileItDrains_healthSaysNotServing_andCallsAreStillAnswered() {
    try (RunningServer server = RunningServer.start(repository, "--drain-delay", "3s")) {
      ManagedChannel channel = server.channel();
      assertThat(health(channel)).isEqualTo(ServingStatus.SERVING);

      server.terminate();

      Calls.await("health to change", () -> health(channel) == ServingStatus.NOT_SERVING);
      assertThat(Calls.predict(channel, Calls.whichVersion("tiny")).getOutputsCount()).isEqualTo(2);
      assertThat(server.awaitExit()).isZero();
    }
  }

  private static ServingStatus health(ManagedChannel channel) {
    HealthCheckResponse response =
        HealthGrpc.newBlockingStub(channel).check(HealthCheckRequest.getDefaultInstance());
    return response.getStatus();
  }

  @Test
  void duringStartUp_endsWithZero() {
    Path models = RunningServer.CHECKOUT.resolve("model-repo");
    for (int i = 0; i < 3; i++) {
      try (RunningServer server = RunningServer.launch(models)) {
        // The port opens before the first model is loaded.
        server.port();
        server.terminate();
        assertThat(server.awaitExit()).isZero();
      }
    }
  }

  @Test
  void duringALoad_endsWithZero() {
    for (int i = 0; i < 3; i++) {
      Path own = temp.resolve("loading-" + i).resolve("repository");
      Repositories.drop(own, "tiny", 1, "constant-version-1.onnx");
      try (RunningServer server = RunningServer.start(own, "--scan-interval", "100ms")) {
        ManagedChannel channel = server.channel();
        // The first TorchScript version brings libtorch with it, which takes long.
        Repositories.copy(
            RunningServer.CHECKOUT.resolve("model-repo/digits"), own.resolve("digits"));
        Calls.await("the load to begin", () -> Calls.state(channel, "digits", 2) != State.UNKNOWN);
        server.terminate();
        assertThat(server.awaitExit()).isZero();
      }
    }
  }
}
