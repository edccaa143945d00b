package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.millrace.server.wire.FirstAnswer;
import io.millrace.v1.ModelVersionStatus;
import io.millrace.v1.State;
import org.junit.jupiter.api.Test;

/** What {@code --profile production} keeps shut, and how it is opened. */
final class ProductionProfileIT {
  @Test
  void torchScript_isRefusedWithTheSettingThatAllowsIt_andOnnxServes() {
    try (RunningServer server = start()) {
      ManagedChannel channel = server.channel();

      ModelVersionStatus torchScript = version2(channel);
      assertThat(torchScript.getState()).isEqualTo(State.END);
      assertThat(torchScript.getStatus().getErrorMessage()).contains("code", "--allow-torchscript");
      assertThat(Calls.state(channel, "digits", 1)).isEqualTo(State.AVAILABLE);
    }
  }

  @Test
  void torchScriptThatIsAllowed_servesAndIsAnnouncedAsCode() {
    try (RunningServer server = start("--allow-torchscript")) {
      assertThat(version2(server.channel()).getState()).isEqualTo(State.AVAILABLE);
      assertThat(server.log()).contains("digits/2 is TorchScript: code");
    }
  }

  @Test
  void reflection_isOff() {
    try (RunningServer server = start()) {
      FirstAnswer<ServerReflectionResponse> answer = new FirstAnswer<>();
      ServerReflectionGrpc.newStub(server.channel())
          .serverReflectionInfo(answer)
          .onNext(ServerReflectionRequest.newBuilder().setListServices("").build());

      assertThat(Calls.failure(answer::await).getStatus().getCode())
          .isEqualTo(Status.Code.UNIMPLEMENTED);
    }
  }

  private static RunningServer start(String... more) {
    String[] options = new String[more.length + 4];
    System.arraycopy(
        new String[] {"--profile", "production", "--drain-delay", "0s"}, 0, options, 0, 4);
    System.arraycopy(more, 0, options, 4, more.length);
    return RunningServer.start(RunningServer.CHECKOUT.resolve("model-repo"), options);
  }

  private static ModelVersionStatus version2(ManagedChannel channel) {
    return Calls.status(channel, "digits").stream()
        .filter(status -> status.getVersion() == 2)
        .findFirst()
        .orElseThrow();
  }
}
