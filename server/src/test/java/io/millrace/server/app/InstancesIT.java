package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.millrace.v1.ModelVersionStatus;
import io.millrace.v1.State;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code instances} of a {@code config.yaml} makes of a model. */
final class InstancesIT {
  @TempDir private Path temp;

  @Test
  void modelsWithSeveralThreads_areServedByOnnxAndRefusedByTorchScript() {
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "one", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "two", 1, "constant-version-2.onnx");
    Repositories.drop(repository, "torch", 1, "identity.pt");
    Repositories.write(repository.resolve("one/config.yaml"), "instances: 3\n");
    Repositories.write(
        repository.resolve("two/config.yaml"), "instances: {device: cpu, threads: 2}\n");
    Repositories.write(
        repository.resolve("torch/config.yaml"),
        """
        inputs: [{name: x, dtype: FP32, shape: [-1]}]
        outputs: [{name: y, dtype: FP32, shape: [-1]}]
        instances: {threads: 2}
        """);
    try (RunningServer server = RunningServer.start(repository)) {
      ManagedChannel channel = server.channel();

      assertThat(Calls.int64(Calls.predict(channel, Calls.whichVersion("one")), "version", 0))
          .isEqualTo(1);
      assertThat(Calls.int64(Calls.predict(channel, Calls.whichVersion("two")), "version", 0))
          .isEqualTo(2);
      ModelVersionStatus torch = Calls.status(channel, "torch").get(0);
      assertThat(torch.getState()).isEqualTo(State.END);
      assertThat(torch.getStatus().getErrorMessage())
          .startsWith("instances.threads is 2, but TorchScript runs on one thread");
    }
  }
}
