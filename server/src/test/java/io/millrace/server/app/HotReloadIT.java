package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.millrace.v1.ModelVersionStatus;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.State;
import io.millrace.v1.StatusProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions come, go and break while callers call. */
final class HotReloadIT {
  private static final int SWAPS = 50;
  private static final int CALLERS = 8;

  @TempDir private Path temp;
  private Path repository;
  private RunningServer server;
  private ManagedChannel channel;

  @BeforeEach
  void startWithVersion1() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, "swapped", 1, "constant-version-1.onnx");
    server = RunningServer.start(repository, "--scan-interval", "100ms");
    channel = server.channel();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void fiftySwapsUnderLoad_loseNoCallAndAnswerForALiveVersion() throws Exception {
    AtomicBoolean goOn = new AtomicBoolean(true);
    AtomicLong newestDropped = new AtomicLong(1);
    AtomicLong newestReady = new AtomicLong(1);
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    List<Future<Long>> calls = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      calls.add(callers.submit(caller(goOn, newestReady, newestDropped)));
    }
    for (long version = 2; version <= SWAPS + 1; version++) {
      newestDropped.set(version);
      Repositories.drop(repository, "swapped", version, fixtureOf(version));
      Calls.awaitState(channel, "swapped", version, State.AVAILABLE);
      newestReady.set(version);
      Repositories.delete(repository.resolve("swapped/" + (version - 1)));
    }
    goOn.set(false);
    long total = 0;
    for (Future<Long> call : calls) {
      total += call.get();
    }
    callers.shutdown();

    assertThat(total).isGreaterThan(SWAPS * CALLERS);
    Calls.awaitState(channel, "swapped", SWAPS, State.UNKNOWN);
  }

  /** Throws on the first failed or wrong answer, so that the future fails. */
  private Callable<Long> caller(
      AtomicBoolean goOn, AtomicLong newestReady, AtomicLong newestDropped) {
    ManagedChannel own = server.channel();
    return () -> {
      long count = 0;
      while (goOn.get()) {
        long atLeast = newestReady.get();
        PredictResponse response = Calls.predict(own, Calls.whichVersion("swapped"));
        long version = response.getModelSpec().getVersion();
        // What was the newest that served when the call was sent still served, or a newer one did.
        assertThat(version).isBetween(atLeast, newestDropped.get());
        assertThat(Calls.int64(response, "version", 0)).isEqualTo(constantOf(version));
        assertThat(Calls.fp32(response, "y", 1)).isEqualTo(2f * constantOf(version));
        count++;
      }
      return count;
    };
  }

  private static String fixtureOf(long version) {
    return "constant-version-%d.onnx".formatted(constantOf(version));
  }

  /** Three fixtures take turns, so that neighbours always answer differently. */
  private static long constantOf(long version) {
    return (version - 1) % 3 + 1;
  }

  @Test
  void aTruncatedVersion_isReportedWhileTheOldOneServes() throws IOException {
    byte[] whole = Files.readAllBytes(Repositories.FIXTURES.resolve("constant-version-2.onnx"));
    Path broken = repository.resolve("swapped/2");
    Files.createDirectory(broken);
    Files.write(broken.resolve("model.onnx"), Arrays.copyOf(whole, whole.length / 2));

    Calls.await("the failure to show", () -> failures(2).size() == 1);

    assertThat(failures(2).get(0).getReason()).isEqualTo("MODEL_LOAD_FAILED");
    assertThat(failures(2).get(0).getErrorMessage())
        .doesNotContain(temp.toString(), "ai.onnxruntime");
    assertThat(answeringVersion()).isEqualTo(1);

    Files.write(broken.resolve("model.onnx"), whole);
    Calls.awaitState(channel, "swapped", 2, State.AVAILABLE);
    assertThat(answeringVersion()).isEqualTo(2);
  }

  @Test
  void aBrokenVersionThatIsDeleted_isForgotten() throws IOException {
    Path broken = repository.resolve("swapped/2");
    Files.createDirectory(broken);
    Files.writeString(broken.resolve("model.onnx"), "not a model");
    Calls.await("the failure to show", () -> failures(2).size() == 1);

    Repositories.delete(broken);

    Calls.awaitState(channel, "swapped", 2, State.UNKNOWN);
    assertThat(answeringVersion()).isEqualTo(1);
  }

  @Test
  void aVersionThatBreaksWhileItServes_servesOn() throws IOException {
    Files.writeString(repository.resolve("swapped/1/model.pt"), "a second model");
    Calls.await("the problem to show", () -> server.log().contains("a version is one model"));
    Repositories.drop(repository, "other", 1, "constant-version-3.onnx");
    Calls.awaitState(channel, "other", 1, State.AVAILABLE);

    // What was decided about the first model had been done before the second one was loaded.
    assertThat(answeringVersion()).isEqualTo(1);
  }

  @Test
  void aDeletedModel_isNotFound() {
    Repositories.drop(repository, "other", 1, "constant-version-3.onnx");
    Calls.awaitState(channel, "other", 1, State.AVAILABLE);

    Repositories.delete(repository.resolve("swapped"));

    Calls.await("the model to go", () -> Calls.state(channel, "swapped", 1) == State.UNKNOWN);
    StatusRuntimeException refusal =
        catchThrowableOfType(StatusRuntimeException.class, this::answeringVersion);
    assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(Calls.reason(refusal)).isEqualTo("MODEL_NOT_FOUND");
  }

  @Test
  void aRootThatVanishes_unloadsNothing() throws IOException {
    Path aside = temp.resolve("aside");
    Files.move(repository, aside);
    Calls.await("the alarm", () -> server.log().contains("stays in force"));
    assertThat(answeringVersion()).isEqualTo(1);

    Files.move(aside, repository);
    Repositories.drop(repository, "swapped", 2, "constant-version-2.onnx");
    Calls.awaitState(channel, "swapped", 2, State.AVAILABLE);
  }

  @Test
  void aBrokenConfig_namesFileKeyAndValue_andTheOtherModelsServe() {
    Repositories.drop(repository, "other", 1, "constant-version-3.onnx");
    Repositories.write(
        repository.resolve("another/config.yaml"), "version_polisy: all\ninstances: {count: 0}\n");
    Repositories.drop(repository, "another", 1, "constant-version-2.onnx");

    Calls.awaitState(channel, "other", 1, State.AVAILABLE);
    Calls.awaitState(channel, "another", 1, State.END);
    assertThat(Calls.status(channel, "another").get(0).getStatus().getErrorMessage())
        .contains("another/config.yaml", "version_polisy", "version_policy", "count", "0");
    assertThat(answeringVersion()).isEqualTo(1);
  }

  private List<StatusProto> failures(long version) {
    return Calls.status(channel, "swapped").stream()
        .filter(status -> status.getVersion() == version && status.getState() == State.END)
        .map(ModelVersionStatus::getStatus)
        .filter(status -> !status.getReason().isEmpty())
        .toList();
  }

  private long answeringVersion() {
    return Calls.predict(channel, Calls.whichVersion("swapped")).getModelSpec().getVersion();
  }
}
