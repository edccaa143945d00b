package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.millrace.server.wire.FirstAnswer;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReflectionTest {
  private static final String[] SERVICES = {
    "millrace.v1.PredictionService",
    "millrace.v1.ModelService",
    "inference.GRPCInferenceService",
    "tensorflow.serving.PredictionService",
    "tensorflow.serving.ModelService",
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection"
  };

  private static ServerReflectionResponse ask(RunningDoor door, ServerReflectionRequest request) {
    FirstAnswer<ServerReflectionResponse> first = new FirstAnswer<>();
    var requests = ServerReflectionGrpc.newStub(door.channel).serverReflectionInfo(first);
    requests.onNext(request);
    requests.onCompleted();
    return first.await();
  }

  @Test
  void version1_listsEveryService() {
    try (RunningDoor door = new RunningDoor()) {
      ServerReflectionResponse list =
          ask(door, ServerReflectionRequest.newBuilder().setListServices("").build());

      assertThat(list.getListServicesResponse().getServiceList())
          .extracting(ServiceResponse::getName)
          .containsExactlyInAnyOrder(SERVICES);
    }
  }

  @Test
  void version1_givesTheFileOfASymbol() {
    try (RunningDoor door = new RunningDoor()) {
      ServerReflectionResponse file =
          ask(
              door,
              ServerReflectionRequest.newBuilder()
                  .setFileContainingSymbol("millrace.v1.PredictionService")
                  .build());

      assertThat(file.getFileDescriptorResponse().getFileDescriptorProtoList()).isNotEmpty();
    }
  }

  @Test
  @SuppressWarnings("deprecation")
  void version1Alpha_listsEveryService() {
    try (RunningDoor door = new RunningDoor()) {
      FirstAnswer<io.grpc.reflection.v1alpha.ServerReflectionResponse> first = new FirstAnswer<>();
      var requests =
          io.grpc.reflection.v1alpha.ServerReflectionGrpc.newStub(door.channel)
              .serverReflectionInfo(first);
      requests.onNext(
          io.grpc.reflection.v1alpha.ServerReflectionRequest.newBuilder()
              .setListServices("")
              .build());
      requests.onCompleted();

      List<String> names =
          first.await().getListServicesResponse().getServiceList().stream()
              .map(io.grpc.reflection.v1alpha.ServiceResponse::getName)
              .toList();
      assertThat(names).containsExactlyInAnyOrder(SERVICES);
    }
  }

  @Test
  void reflectionSwitchedOff_isNoService() {
    try (RunningDoor door = new RunningDoor(RunningDoor.withLimits(1 << 20, 16 << 10, false))) {
      Calls.End end =
          Calls.raw(
              door.channel,
              "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
              new Metadata(),
              new byte[0]);

      assertThat(end.code()).isEqualTo(Status.Code.UNIMPLEMENTED);
    }
  }
}
