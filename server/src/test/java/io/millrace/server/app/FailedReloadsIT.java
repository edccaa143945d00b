package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.millrace.v1.ModelVersionStatus;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.State;
import io.millrace.v1.StatusProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions that cannot be served are dropped beside one that serves, in every way there is. */
final class FailedReloadsIT {
  private static final String MODEL = "swapped";
  private static final int CALLERS = 2;

  @TempDir private Path temp;
  private final AtomicBoolean goOn = new AtomicBoolean(true);
  private final List<Future<Long>> calls = new ArrayList<>();
  private final ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
  private Path repository;
  private RunningServer server;
  private ManagedChannel channel;

  @BeforeEach
  void serveVersion1UnderCalls() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, MODEL, 1, "constant-version-1.onnx");
    server =
        RunningServer.start(
            repository,
            "--scan-interval",
            "100ms",
            "--load-timeout",
            "1s",
            "--load-retries",
            "2",
            "--load-retry-delay",
            "100ms",
            "--model-memory-budget",
            "2MiB");
    channel = server.channel();
    for (int i = 0; i < CALLERS; i++) {
      calls.add(callers.submit(caller()));
    }
  }

  /** Ends with the number of its calls, or with the first that failed or was answered wrongly. */
  private Callable<Long> caller() {
    ManagedChannel own = server.channel();
    return () -> {
      long count = 0;
      for (; goOn.get() || count == 0; count++) {
        PredictResponse response = Calls.predict(own, Calls.whichVersion(MODEL));
        assertThat(response.getModelSpec().getVersion()).isEqualTo(1);
        assertThat(Calls.int64(response, "version", 0)).isEqualTo(1);
      }
      return count;
    };
  }

  @AfterEach
  void stop() throws Exception {
    goOn.set(false);
    callers.shutdown();
    server.close();
  }

  private void assertEveryCallWasAnswered() throws Exception {
    goOn.set(false);
    for (Future<Long> call : calls) {
      assertThat(call.get()).isPositive();
    }
  }

  private StatusProto awaitFailure(long version, String reason) {
    // Of one answer: by the next the version may be loading again.
    Deque<StatusProto> seen = new ArrayDeque<>();
    Calls.await(
        "%d to fail as %s".formatted(version, reason),
        () -> {
          seen.add(failure(version));
          return seen.getLast().getReason().equals(reason);
        });
    return seen.getLast();
  }

  private StatusProto failure(long version) {
    return Calls.status(channel, MODEL).stream()
        .filter(status -> status.getVersion() == version)
        .map(ModelVersionStatus::getStatus)
        .findFirst()
        .orElse(StatusProto.getDefaultInstance());
  }

  private Path folder(long version) throws IOException {
    return Files.createDirectories(repository.resolve(MODEL).resolve(Long.toString(version)));
  }

  private static byte[] fixture(String name) throws IOException {
    return Files.readAllBytes(Repositories.FIXTURES.resolve(name));
  }

  @Test
  void damagedFiles_leaveTheOldVersionServing() throws Exception {
    byte[] whole = fixture("constant-version-2.onnx");
    Files.write(folder(2).resolve("model.onnx"), Arrays.copyOf(whole, whole.length / 2));
    byte[] noise = new byte[5_000];
    new Random(1).nextBytes(noise);
    Files.write(folder(3).resolve("model.onnx"), noise);

    assertThat(awaitFailure(2, "MODEL_LOAD_FAILED").getErrorMessage()).contains("whole ONNX file");
    assertThat(awaitFailure(3, "MODEL_LOAD_FAILED").getErrorMessage()).contains("whole ONNX file");
    assertEveryCallWasAnswered();
  }

  @Test
  void anotherSignatureThanTheConfigs_leavesTheOldVersionServing() throws Exception {
    Repositories.write(
        repository.resolve(MODEL).resolve("config.yaml"),
        "inputs: [{name: x, dtype: FP32, shape: [-1, 2]}]\n");
    Repositories.drop(repository, MODEL, 2, "add-sub.onnx");

    awaitFailure(2, "MODEL_LOAD_FAILED");
    assertEveryCallWasAnswered();
  }

  @Test
  void wrongAnswerToASample_leavesTheOldVersionServing() throws Exception {
    Repositories.write(
        repository.resolve(MODEL).resolve("samples/golden.json"),
        "{\"instances\": [[1, 2]], \"expected\": {\"outputs\": {\"version\": [1]}}}");
    Repositories.drop(repository, MODEL, 2, "constant-version-2.onnx");

    assertThat(awaitFailure(2, "MODEL_SAMPLE_MISMATCH").getErrorMessage())
        .isEqualTo("sample 'samples/golden.json': output 'version' at [0]: expected 1, got 2");
    assertEveryCallWasAnswered();
  }

  @Test
  void sampleThatIsMended_hasTheFailedVersionTriedAgain_andReloadsNothingThatServes()
      throws Exception {
    Path sample = repository.resolve("other/samples/golden.json");
    Repositories.write(
        sample, "{\"instances\": [[1, 2]], \"expected\": {\"outputs\": {\"version\": [1]}}}");
    Repositories.drop(repository, "other", 1, "constant-version-1.onnx");
    Calls.awaitState(channel, "other", 1, State.AVAILABLE);
    Repositories.write(
        repository.resolve("other/config.yaml"), "version_policy: all\nlabels: {first: 1}\n");
    Repositories.drop(repository, "other", 2, "constant-version-2.onnx");
    Calls.awaitState(channel, "other", 2, State.END);

    Repositories.write(
        sample, "{\"instances\": [[1, 2]], \"expected\": {\"outputs\": {\"version\": [2]}}}");

    Calls.awaitState(channel, "other", 2, State.AVAILABLE);
    assertThat(Calls.state(channel, "other", 1)).isEqualTo(State.AVAILABLE);
    assertThat(server.log()).containsOnlyOnce("other/1 READY");
  }

  @Test
  void rightAnswersToSamples_letTheNewVersionServe() throws Exception {
    assertEveryCallWasAnswered();
    Repositories.drop(repository, "other", 2, "constant-version-2.onnx");
    Repositories.write(
        repository.resolve("other/2/samples/golden.json"),
        "{\"instances\": [[1, 2]], \"expected\":"
            + " {\"predictions\": [{\"version\": 2, \"y\": [2.0, 4.0]}]}}");
    Repositories.write(repository.resolve("other/samples/note.json"), "no JSON");
    Calls.awaitState(channel, "other", 2, State.AVAILABLE);
  }

  @Test
  void loadThatTakesTooLong_leavesTheOldVersionServingAndIsQuarantined() throws Exception {
    Path staged = temp.resolve("slow");
    Repositories.write(staged.resolve("samples/long.json"), "{\"inputs\": 700000}");
    Files.write(staged.resolve("model.onnx"), fixture("slow.onnx"));
    Files.move(staged, repository.resolve(MODEL).resolve("2"));

    assertThat(awaitFailure(2, "MODEL_LOAD_TIMEOUT").getErrorMessage()).contains("--load-timeout");
    assertThat(awaitFailure(2, "MODEL_QUARANTINED").getErrorMessage())
        .contains("3 times in a row", "MODEL_LOAD_TIMEOUT");
    assertEveryCallWasAnswered();
  }

  @Test
  void versionBeyondTheBudget_leavesTheOldVersionServing() throws Exception {
    Path staged = temp.resolve("large");
    Repositories.write(staged.resolve("weights.bin"), "x".repeat(3 << 20));
    Files.write(staged.resolve("model.onnx"), fixture("constant-version-2.onnx"));
    Files.move(staged, repository.resolve(MODEL).resolve("2"));

    assertThat(awaitFailure(2, "MEMORY_BUDGET_EXCEEDED").getErrorMessage())
        .contains("4 MiB", "of the 2 MiB for all models", "--model-memory-budget", "attempt");
    assertEveryCallWasAnswered();
  }
}
