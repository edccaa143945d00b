package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.InternalMetadata;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.ModelConfigRequest;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelMetadataRequest;
import io.millrace.openinference.ModelReadyRequest;
import io.millrace.server.model.ModelName;
import io.millrace.v1.DataType;
import io.millrace.v1.GetModelMetadataRequest;
import io.millrace.v1.GetModelStatusRequest;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.Tensor;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Names that try to be paths, lines of a log or floods: each is refused, escaped and cut. */
class HostileNamesTest {
  private static RunningDoor door;

  @BeforeAll
  static void open() {
    door = new RunningDoor();
  }

  @AfterAll
  static void close() {
    door.close();
  }

  /** For fields in which nothing stands for a choice of its own. */
  static Stream<String> hostileNamesWithLetters() {
    return hostileNames().filter(name -> !name.isEmpty());
  }

  static Stream<String> hostileNames() {
    return Stream.of(
        "",
        " ",
        ".",
        "..",
        "../../etc/passwd",
        "..\\..\\windows",
        "%2e%2e%2f",
        "/",
        "a/b",
        "a\\b",
        "a:b",
        "-rf",
        ".hidden",
        "_x",
        "a b",
        "a\u0000b",
        "a\r\nERROR forged line",
        "\u001B[31mred",
        "${jndi:ldap://x}",
        "{\"level\":\"error\"}",
        "\u202Egnp.exe",
        "\uFEFFiris",
        "ir\u0456s",
        "\uD83D\uDE00",
        "iris ",
        "iris\u3000",
        "a".repeat(129),
        "a".repeat(4_096),
        "/".repeat(4_096),
        "\n".repeat(4_096));
  }

  private static List<Callable<?>> callsOf(String name) {
    var predictions = PredictionServiceGrpc.newBlockingStub(door.channel);
    var models = ModelServiceGrpc.newBlockingStub(door.channel);
    var open = GRPCInferenceServiceGrpc.newBlockingStub(door.channel);
    var tensorFlow =
        io.millrace.tensorflow.serving.PredictionServiceGrpc.newBlockingStub(door.channel);
    var tensorFlowSpec =
        io.millrace.tensorflow.serving.ModelSpec.newBuilder().setName(name).build();
    return List.of(
        () ->
            tensorFlow.predict(
                io.millrace.tensorflow.serving.PredictRequest.newBuilder()
                    .setModelSpec(tensorFlowSpec)
                    .build()),
        () ->
            tensorFlow.getModelMetadata(
                io.millrace.tensorflow.serving.GetModelMetadataRequest.newBuilder()
                    .setModelSpec(tensorFlowSpec)
                    .build()),
        () ->
            predictions.predict(
                PredictRequest.newBuilder()
                    .setModelSpec(ModelSpec.newBuilder().setName(name))
                    .build()),
        () -> models.getModelStatus(GetModelStatusRequest.newBuilder().setName(name).build()),
        () -> models.getModelMetadata(GetModelMetadataRequest.newBuilder().setName(name).build()),
        () -> open.modelInfer(ModelInferRequest.newBuilder().setModelName(name).build()),
        () -> open.modelMetadata(ModelMetadataRequest.newBuilder().setName(name).build()),
        () -> open.modelConfig(ModelConfigRequest.newBuilder().setName(name).build()),
        () -> open.modelReady(ModelReadyRequest.newBuilder().setName(name).build()));
  }

  @ParameterizedTest
  @MethodSource("hostileNames")
  void aHostileModelName_isMalformedInEveryMethod(String name) {
    for (Callable<?> call : callsOf(name)) {
      Calls.End end = Calls.failed(call);

      assertThat(end.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
      assertThat(end.message()).contains(ModelName.RULE).hasSizeLessThan(1_600);
      assertThat(end.message().chars()).as(end.message()).noneMatch(c -> c < ' ' || c == 0x202E);
      assertThat(end.info().orElseThrow().getMetadataMap()).doesNotContainKey("model");
    }
    assertThat(door.inference.requests).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("hostileNames")
  void aHostileTensorName_isEscapedAndCut(String name) {
    Tensor tensor =
        Tensor.newBuilder().setName(name).setDtype(DataType.DT_FP32).addShape(2).build();

    Calls.End end =
        Calls.failed(
            () ->
                PredictionServiceGrpc.newBlockingStub(door.channel)
                    .predict(
                        PredictRequest.newBuilder()
                            .setModelSpec(ModelSpec.newBuilder().setName("iris"))
                            .setId(name.length() > 1_024 ? "" : name)
                            .addInputs(tensor)
                            .build()));

    assertThat(end.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(end.message()).hasSizeLessThan(1_600);
    assertThat(end.message().chars()).noneMatch(c -> c < ' ' || c == 0x202E);
  }

  @ParameterizedTest
  @MethodSource("hostileNamesWithLetters")
  void aHostileVersion_isNotFoundAndTheErrorStaysSmall(String version) {
    var open = GRPCInferenceServiceGrpc.newBlockingStub(door.channel);
    for (String text : List.of(version, version.repeat(1_000))) {
      Calls.End end =
          Calls.failed(
              () ->
                  open.modelInfer(
                      ModelInferRequest.newBuilder()
                          .setModelName("iris")
                          .setModelVersion(text)
                          .build()));

      assertThat(end.code()).isEqualTo(Status.Code.NOT_FOUND);
      assertThat(end.reason()).isEqualTo("VERSION_NOT_FOUND");
      assertThat(List.of(InternalMetadata.serialize(end.trailers())))
          .allMatch(part -> part.length < 4_096);
    }
  }

  @ParameterizedTest
  @MethodSource("hostileNamesWithLetters")
  void aHostileNameOfAServiceToCheck_isEscapedAndCut(String name) {
    var health = HealthGrpc.newBlockingStub(door.channel);
    for (String text : List.of(name, name.repeat(100))) {
      Calls.End end =
          Calls.failed(
              () -> health.check(HealthCheckRequest.newBuilder().setService(text).build()));

      assertThat(end.code()).isEqualTo(Status.Code.NOT_FOUND);
      assertThat(end.message()).hasSizeLessThan(1_600);
      assertThat(end.message().chars()).noneMatch(c -> c < ' ' || c == 0x202E);
    }
  }
}
