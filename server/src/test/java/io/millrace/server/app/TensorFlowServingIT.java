package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.millrace.server.wire.WireMessage;
import io.millrace.server.wire.WireMessage.Fields;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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
    for (Sent sent : everyType()) {
      Repositories.drop(repository, sent.model(), 1, sent.model() + ".onnx");
    }
    Repositories.drop(repository, "scalar", 1, "scalar.onnx");
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

  /**
   * Two values of a type.
   *
   * @param dtype the number of the type
   * @param field of the list for its values
   * @param lists what the list's field holds: one packed list, or of texts one for each
   * @param content the same in tensor_content
   */
  record Sent(String model, long dtype, int field, List<String> lists, String content) {
    WireMessage inList() {
      WireMessage tensor = head();
      lists.forEach(list -> tensor.bytes(field, bytes(list)));
      return tensor;
    }

    WireMessage inContent() {
      return head().bytes(4, bytes(content));
    }

    private WireMessage head() {
      return new WireMessage().number(1, dtype).message(2, shape(2));
    }

    @Override
    public String toString() {
      return model;
    }
  }

  private static Sent sent(String type, long dtype, int field, String packed, String content) {
    return new Sent("identity-" + type, dtype, field, List.of(packed), content);
  }

  /** The values are those of {@link TensorsIT}. */
  static List<Sent> everyType() {
    return List.of(
        sent("fp32", 1, 5, "0000803f000000c0", "0000803f000000c0"),
        sent("fp64", 2, 6, "000000000000f03f00000000000000c0", "000000000000f03f00000000000000c0"),
        sent("int32", 3, 7, "80808080f8ffffffff01ffffffff07", "00000080ffffff7f"),
        sent("uint8", 4, 7, "ff018001", "ff80"),
        sent("int16", 5, 7, "8080feffffffffffff01ffff01", "0080ff7f"),
        sent("int8", 6, 7, "80ffffffffffffffff017f", "807f"),
        new Sent("identity-bytes", 7, 8, List.of("f09f9880", ""), "0400f09f9880"),
        sent(
            "int64",
            9,
            10,
            "80808080808080808001ffffffffffffffff7f",
            "0000000000000080ffffffffffffff7f"),
        sent("bool", 10, 11, "0100", "0100"),
        sent("bf16", 14, 13, "807f808003", "803f00c0"),
        sent("uint16", 17, 7, "ffff03808002", "ffff0080"),
        sent("fp16", 19, 13, "8078808003", "003c00c0"),
        sent("uint32", 22, 16, "ffffffff0f8080808008", "ffffffff00000080"),
        sent(
            "uint64",
            23,
            17,
            "ffffffffffffffffff0180808080808080808001",
            "ffffffffffffffff0000000000000080"));
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
    return Fields.of(
        ClientCalls.blockingUnaryCall(
            to,
            MethodDescriptor.newBuilder(Bytes.ONLY, Bytes.ONLY)
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(method)
                .build(),
            CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS),
            request.toBytes()));
  }

  private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
    ONLY;

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void assertEchoed(Sent sent, Fields response) {
    Fields y = response.entry(1, "y");
    assertThat(y.number(1)).isEqualTo(sent.dtype());
    assertThat(y.message(2).message(2).number(1)).isEqualTo(2);
    assertThat(y.all(sent.field()).stream().map(HexFormat.of()::formatHex))
        .containsExactlyElementsOf(sent.lists());
    assertThat(y.parts()).containsOnlyKeys(2, sent.field());
    Fields spec = response.message(2);
    assertThat(spec.text(1)).isEqualTo(sent.model());
    assertThat(spec.message(2).number(1)).isEqualTo(1);
    assertThat(spec.text(3)).isEqualTo("serving_default");
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void valuesInTheListOfTheirType_comeBackInIt(Sent sent) {
    assertEchoed(sent, predict(spec(sent.model()), sent.inList()));
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void valuesInTensorContent_bringTheSameAnswer(Sent sent) {
    assertEchoed(sent, predict(spec(sent.model()), sent.inContent()));
  }

  @Test
  void oneValueForAShapeOfMany_isRepeated() {
    WireMessage x = new WireMessage().number(1, 9).message(2, shape(3)).bytes(10, new byte[] {5});

    Fields y = predict(spec("identity-int64"), x).entry(1, "y");

    assertThat(y.part(10)).containsExactly(5, 5, 5);
  }

  @Test
  void aScalar_hasNoDimensionsOnEitherSide() {
    WireMessage x = new WireMessage().number(1, 1).bytes(5, bytes("00002442"));

    Fields y = predict(spec("scalar"), x).entry(1, "y");

    assertThat(y.part(2)).isEmpty();
    assertThat(y.part(5)).isEqualTo(bytes("00002842"));
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
  void aConfiguration_loadsWhatItLists_labelsIt_andUnloadsTheRest() {
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
    }
  }
}
