package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.millrace.v1.ModelVersionStatus;
import io.millrace.v1.State;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a {@code config.yaml} says of who runs a model, and what it cannot have. */
final class InstancesIT {
  private static final String TENSORS =
      """
      inputs: [{name: x, dtype: FP32, shape: [-1]}]
      outputs: [{name: y, dtype: FP32, shape: [-1]}]
      """;

  @TempDir private Path temp;

  @Test
  void severalThreadsAndEventLoops_areThereForOnnxAndRefusedForTorchScript() {
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "one", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "two", 1, "constant-version-2.onnx");
    Repositories.drop(repository, "three", 1, "constant-version-3.onnx");
    Repositories.drop(repository, "torch", 1, "identity.pt");
    Repositories.drop(repository, "torch-loop", 1, "identity.pt");
    Repositories.write(repository.resolve("one/config.yaml"), "instances: 3\n");
    Repositories.write(
        repository.resolve("two/config.yaml"), "instances: {device: cpu, threads: 2}\n");
    Repositories.write(repository.resolve("three/config.yaml"), "batching: {run_on: event_loop}\n");
    Repositories.write(
        repository.resolve("torch/config.yaml"), TENSORS + "instances: {threads: 2}\n");
    Repositories.write(
        repository.resolve("torch-loop/config.yaml"), TENSORS + "batching: {run_on: event_loop}\n");
    try (RunningServer server = RunningServer.start(repository)) {
      ManagedChannel channel = server.channel();

      assertThat(Calls.int64(Calls.predict(channel, Calls.whichVersion("one")), "version", 0))
          .isEqualTo(1);
      assertThat(Calls.int64(Calls.predict(channel, Calls.whichVersion("two")), "version", 0))
          .isEqualTo(2);
      assertThat(Calls.int64(Calls.predict(channel, Calls.whichVersion("three")), "version", 0))
          .isEqualTo(3);
      assertRefused(channel, "torch", "instances.threads is 2, but TorchScript runs on one thread");
      assertRefused(channel, "torch-loop", "batching.run_on is event_loop, but its engine ties");

      Repositories.write(repository.resolve("one/config.yaml"), "instances: 1\n");
      Calls.await(
          "a word on the edited setting",
          () -> server.log().contains("one/1: instances.count changed in config.yaml"));
    }
  }

  private static void assertRefused(ManagedChannel channel, String model, String words) {
    ModelVersionStatus status = Calls.status(channel, model).get(0);
    assertThat(status.getState()).isEqualTo(State.END);
    assertThat(status.getStatus().getErrorMessage()).startsWith(words);
  }
}
