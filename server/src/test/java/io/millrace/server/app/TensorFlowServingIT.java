package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.millrace.server.wire.WireMessage;
import io.millrace.server.wire.WireMessage.Fields;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a client of TensorFlow Serving sees by gRPC. Its messages are written and read by the field
 * numbers of TensorFlow's own files, with nothing of ours.
 */
final class TensorFlowServingIT {
  private static final String PREDICTION = "tensorflow.serving.PredictionService/";
  private static final String MODEL = "tensorflow.serving.ModelService/";
  private static final long AVAILABLE = 30;

  @TempDir private static Path temp;
  private static RunningServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() {
    Path repository = temp.resolve("repository");
    for (String model : List.of("identity-int64", "identity-fp32", "identity-uint8")) {
      Repositories.drop(repository, model, 1, model + ".onnx");
    }
    dropTwoVersions(repository);
    server = RunningServer.start(repository);
    channel = server.channel();
  }

  private static void dropTwoVersions(Path repository) {
    Repositories.write(
        repository.resolve("tiny/config.yaml"),
        "version_policy: {latest: 2}\nlabels: {stable: 1}\n");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "tiny", 2, "constant-version-2.onnx");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static byte[] bytes(String hexadecimal) {
    return HexFormat.of().parseHex(hexadecimal);
  }

  private static WireMessage shape(long... sizes) {
    WireMessage shape = new WireMessage();
    for (long size : sizes) {
      shape.message(2, new WireMessage().number(1, size));
    }
    return shape;
  }

  private static WireMessage spec(String model) {
    return new WireMessage().text(1, model);
  }

  private static WireMessage version(long version) {
    return new WireMessage().number(1, version);
  }

  private static Fields predict(WireMessage spec, WireMessage x) {
    return call(PREDICTION + "Predict", new WireMessage().message(1, spec).entry(2, "x", x));
  }

  private static Fields call(String method, WireMessage request) {
    return call(channel, method, request);
  }

  private static Fields call(ManagedChannel to, String method, WireMessage request) {
    return Fields.of(Calls.unary(to, method, request.toBytes()));
  }

  @Test
  void oneValueForAShapeOfMany_isRepeated() {
    WireMessage x = new WireMessage().number(1, 9).message(2, shape(3)).bytes(10, new byte[] {5});

    Fields y = predict(spec("identity-int64"), x).entry(1, "y");

    assertThat(y.part(10)).containsExactly(5, 5, 5);
  }

  private static WireMessage tinyRow() {
    return new WireMessage()
        .number(1, 1)
        .message(2, shape(1, 2))
        .bytes(5, bytes("0000803f00000040"));
  }

  @Test
  void aVersionOrALabel_choosesWhoAnswers_andTheSpecTellsIt() {
    Fields newest = predict(spec("tiny"), tinyRow());
    Fields byNumber = predict(spec("tiny").message(2, version(1)), tinyRow());
    Fields byLabel = predict(spec("tiny").text(4, "stable").text(3, "serving_default"), tinyRow());

    assertThat(Stream.of(newest, byNumber, byLabel))
        .extracting(answer -> answer.message(2).message(2).number(1))
        .containsExactly(2L, 1L, 1L);
    assertThat(newest.parts()).containsOnlyKeys(1, 2);
    assertThat(newest.message(2).text(1)).isEqualTo("tiny");
    assertThat(newest.message(2).text(3)).isEqualTo("serving_default");
  }

  @Test
  void anOutputFilter_leavesTheOthersOut() {
    WireMessage request =
        new WireMessage().message(1, spec("tiny")).entry(2, "x", tinyRow()).text(3, "version");

    assertThat(call(PREDICTION + "Predict", request).all(1)).hasSize(1);
  }

  @Test
  void aRequestThatDoesNotFit_isRefusedWithCodeReasonAndNames() {
    StatusRuntimeException failure =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> predict(spec("tiny"), new WireMessage().number(1, 2).message(2, shape(1, 2))));

    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(Calls.reason(failure)).isEqualTo("TENSOR_DTYPE_MISMATCH");
    assertThat(failure).hasMessageContaining("input 'x': expected FP32, got FP64");
  }

  @Test
  void metadata_areASignatureDefMapInAnAny() {
    WireMessage request =
        new WireMessage().message(1, spec("identity-fp32")).text(2, "signature_def");

    Fields response = call(PREDICTION + "GetModelMetadata", request);

    assertThat(response.message(1).text(1)).isEqualTo("identity-fp32");
    assertThat(response.message(1).message(2).number(1)).isEqualTo(1);
    Fields any = response.entry(2, "signature_def");
    assertThat(any.text(1)).isEqualTo("type.googleapis.com/tensorflow.serving.SignatureDefMap");
    Fields signature = any.message(2).entry(1, "serving_default");
    assertThat(signature.text(3)).isEqualTo("tensorflow/serving/predict");
    assertThat(signature.entry(1, "x").number(2)).isEqualTo(1);
    assertThat(signature.entry(1, "x").message(3).message(2).number(1)).isEqualTo(-1);
    assertThat(signature.entry(2, "y").text(1)).isEqualTo("y");
  }

  @Test
  void status_tellsOfEachVersion() {
    Fields response = call(MODEL + "GetModelStatus", new WireMessage().message(1, spec("tiny")));

    assertThat(response.all(1))
        .map(Fields::of)
        .extracting(version -> version.number(1), version -> version.number(2))
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(2L, AVAILABLE),
            org.assertj.core.groups.Tuple.tuple(1L, AVAILABLE));
    assertThat(Fields.of(response.all(1).get(0)).message(3).number(1)).isZero();
  }

  @Test
  void calls_areCountedAsThoseOfAnyProtocol() {
    var unused =
        predict(spec("identity-uint8"), new WireMessage().number(1, 4).message(2, shape(4)));

    assertThat(new RestCalls(server.monitoring()).get("/metrics").text())
        .containsPattern(
            "millrace_inference_requests_total\\{model_name=\"identity-uint8\",model_version=\"1\"} ");
  }

  @Test
  void aConfiguration_loadsWhatItLists_labelsIt_unloadsTheRest_andHoldsAgainstArrivals() {
    Path repository = temp.resolve("reloaded");
    Repositories.drop(repository, "other", 1, "constant-version-1.onnx");
    dropTwoVersions(repository);
    try (RunningServer reloaded = RunningServer.start(repository)) {
      ManagedChannel to = reloaded.channel();
      WireMessage model =
          spec("tiny")
              .text(2, repository.resolve("tiny").toString())
              .text(4, "tensorflow")
              .message(7, new WireMessage().message(102, new WireMessage().number(1, 1)))
              .message(8, new WireMessage().text(1, "canary").number(2, 1));
      WireMessage list = new WireMessage().message(1, model);

      Fields answer =
          call(
              to,
              MODEL + "HandleReloadConfigRequest",
              new WireMessage().message(1, new WireMessage().message(1, list)));

      assertThat(answer.message(1).number(1)).isZero();
      Calls.awaitState(to, "tiny", 2, io.millrace.v1.State.END);
      Calls.awaitState(to, "other", 1, io.millrace.v1.State.END);
      Fields byLabel =
          call(
              to,
              PREDICTION + "Predict",
              new WireMessage()
                  .message(1, spec("tiny").text(4, "canary"))
                  .entry(2, "x", tinyRow()));
      assertThat(byLabel.message(2).message(2).number(1)).isEqualTo(1);

      Repositories.drop(repository, "tiny", 3, "constant-version-2.onnx");
      Calls.await("version 3 to be seen", () -> refusal(to, 3).contains("but not loaded"));
      Fields newest =
          call(
              to,
              PREDICTION + "Predict",
              new WireMessage().message(1, spec("tiny")).entry(2, "x", tinyRow()));
      assertThat(newest.message(2).message(2).number(1)).isEqualTo(1);
    }
  }

  /** Why a version does not answer. */
  private static String refusal(ManagedChannel to, long version) {
    WireMessage request =
        new WireMessage()
            .message(1, spec("tiny").message(2, version(version)))
            .entry(2, "x", tinyRow());
    StatusRuntimeException failure =
        catchThrowableOfType(
            StatusRuntimeException.class, () -> call(to, PREDICTION + "Predict", request));
    return String.valueOf(failure.getStatus().getDescription());
  }
}
