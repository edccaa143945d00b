package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.millrace.server.wire.FirstAnswer;
import io.millrace.v1.PredictRequest;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the server makes of its settings, and the one line that it ends with where it cannot start.
 */
final class StartIT {
  @TempDir private Path temp;
  private Path repository;

  @BeforeEach
  void prepare() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
  }

  @Test
  void aPortInUse_isOneClearLine() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress());
        RunningServer server =
            RunningServer.launch(
                repository, "--grpc-port", Integer.toString(taken.getLocalPort()))) {
      assertThat(server.awaitExit()).isEqualTo(1);
      assertThat(server.log().lines().toList())
          .hasSize(1)
          .allSatisfy(
              line ->
                  assertThat(line).contains(Integer.toString(taken.getLocalPort()), "--grpc-port"));
    }
  }

  @Test
  void badSettings_areAllReportedAtOnce() {
    Repositories.write(temp.resolve("server.yaml"), "grpc_prot: 8001\nhost: [a]\n");
    try (RunningServer server =
        RunningServer.launch(
            repository,
            "--config",
            temp.resolve("server.yaml").toString(),
            "--scan-interval",
            "soon",
            "--profile",
            "desktop")) {
      assertThat(server.awaitExit()).isEqualTo(2);
      assertThat(server.log())
          .contains("grpc_prot", "grpc_port", "host", "--scan-interval", "soon", "desktop")
          .doesNotContain("Exception", "\tat ");
    }
  }

  @Test
  void aMissingRepository_isOneClearLine() {
    try (RunningServer server = RunningServer.launch(temp.resolve("nothing-here"))) {
      assertThat(server.awaitExit()).isNotZero();
      assertThat(server.log()).contains("nothing-here").doesNotContain("Exception", "\tat ");
    }
  }

  @Test
  void settings_comeFromFlagsVariablesAndTheFile() {
    Repositories.write(
        temp.resolve("server.yaml"),
        "max_message_size: 1KiB\nreflection: true\ndrain_delay: 9m\nstop_timeout: 1s\n");
    try (RunningServer server =
        RunningServer.launch(
            Map.of("MILLRACE_REFLECTION", "false", "MILLRACE_DRAIN_DELAY", "8m"),
            repository,
            "--config",
            temp.resolve("server.yaml").toString(),
            "--drain-delay",
            "0s")) {
      ManagedChannel channel = server.awaitReady().channel();
      PredictRequest large =
          Calls.whichVersion("tiny").toBuilder().setId("i".repeat(1_025)).build();

      assertThat(code(() -> Calls.predict(channel, large)))
          .as("the size in the file")
          .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(code(() -> listServices(channel)))
          .as("the variable over the file")
          .isEqualTo(Status.Code.UNIMPLEMENTED);
      server.terminate();
      assertThat(server.awaitExit()).as("the flag over the variable: no delay").isZero();
    }
  }

  private static Status.Code code(ThrowingCallable call) {
    return Status.fromThrowable(catchThrowable(call)).getCode();
  }

  private static void listServices(ManagedChannel channel) {
    FirstAnswer<ServerReflectionResponse> answer = new FirstAnswer<>();
    ServerReflectionGrpc.newStub(channel)
        .serverReflectionInfo(answer)
        .onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    var unused = answer.await();
  }
}
