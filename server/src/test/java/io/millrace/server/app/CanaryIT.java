package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.millrace.v1.GetModelStatusRequest;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ModelVersionStatus;
import io.millrace.v1.State;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that would end, hold up or fill the server are found out in another process. */
final class CanaryIT {
  @TempDir private Path repository;

  private static ModelVersionStatus newest(ManagedChannel channel, String model) {
    return ModelServiceGrpc.newBlockingStub(channel)
        .getModelStatus(GetModelStatusRequest.newBuilder().setName(model).build())
        .getModelVersionStatus(0);
  }

  private static void assertFailed(ManagedChannel channel, String model, String... texts) {
    ModelVersionStatus version = newest(channel, model);
    assertThat(version.getState()).as(model).isEqualTo(State.END);
    assertThat(version.getStatus().getReason()).as(model).isEqualTo("MODEL_LOAD_FAILED");
    assertThat(version.getStatus().getErrorMessage()).as(model).contains(texts);
  }

  @Test
  void harmfulModels_failAloneAndTheServerGoesOn() {
    Repositories.drop(repository, "good", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "torch", 1, "identity.pt");
    Repositories.write(
        repository.resolve("torch/config.yaml"),
        """
        inputs: [{name: x, dtype: FP32, shape: [-1, 2]}]
        outputs: [{name: y, dtype: FP32, shape: [-1, 2]}]
        """);
    Repositories.drop(repository, "crashes", 1, "crashes.onnx");
    Repositories.drop(repository, "endless", 1, "endless.onnx");
    Repositories.drop(repository, "hungry", 1, "hungry.onnx");
    Repositories.drop(repository, "unservable", 1, "zipmap.onnx");
    try (RunningServer server =
        RunningServer.start(
            repository, "--canary", "all", "--canary-timeout", "20s", "--canary-memory", "1GiB")) {
      ManagedChannel channel = server.channel();

      assertFailed(channel, "crashes", "ended the process that tried it", "signal");
      assertFailed(channel, "endless", "took more than 20s", "--canary-timeout");
      assertFailed(channel, "hungry", "memory", "--canary-memory");
      assertThat(newest(channel, "unservable").getState()).isEqualTo(State.END);
      assertThat(newest(channel, "torch").getState()).isEqualTo(State.AVAILABLE);
      Calls.predict(channel, Calls.whichVersion("good"));

      // The old version goes on where the new one is harmful.
      Repositories.drop(repository, "good", 2, "crashes.onnx");
      Calls.await(
          "version 2 to have failed",
          () ->
              newest(channel, "good").getVersion() == 2
                  && newest(channel, "good").getState() == State.END);
      Calls.predict(channel, Calls.whichVersion("good"));
    }
  }

  @Test
  void inProduction_whatHasAManifestIsLoadedWithoutATrial() throws Exception {
    Repositories.drop(repository, "packed", 1, "constant-version-1.onnx");
    Shell.Ended packing =
        new Shell(repository).run(RunningServer.DISTRIBUTION.resolve("millrace") + " package .");
    assertThat(packing.exitCode()).as(packing.err()).isZero();
    try (RunningServer server = RunningServer.start(repository, "--profile", "production")) {
      Calls.predict(server.channel(), Calls.whichVersion("packed"));
      assertThat(child(server)).isEmpty();

      Repositories.drop(repository, "plain", 1, "constant-version-2.onnx");
      Calls.awaitState(server.channel(), "plain", 1, State.AVAILABLE);
      assertThat(child(server)).isPresent();
    }
  }

  @Test
  void childOfAServerThatWasKilled_endsByItself() {
    Repositories.drop(repository, "endless", 1, "endless.onnx");
    try (RunningServer server = RunningServer.launch(repository, "--canary", "all")) {
      Calls.await("the child to be there", () -> child(server).isPresent());
      ProcessHandle child = child(server).orElseThrow();

      server.process().destroyForcibly();

      Calls.await("the child to be gone", () -> !child.isAlive());
    }
  }

  /** The launcher has children too, before it becomes the server. */
  private static Optional<ProcessHandle> child(RunningServer server) {
    return server
        .process()
        .children()
        .filter(child -> child.info().commandLine().orElse("").contains(" trial "))
        .findAny();
  }
}
