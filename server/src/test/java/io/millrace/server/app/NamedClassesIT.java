package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.InferParameter;
import io.millrace.openinference.InferTensorContents;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferInputTensor;
import io.millrace.openinference.ModelInferRequest.InferRequestedOutputTensor;
import io.millrace.openinference.ModelInferResponse;
import io.millrace.openinference.ModelInferResponse.InferOutputTensor;
import io.millrace.server.app.RestCalls.Answer;
import io.millrace.server.model.BytesElements;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A real classifier names its classes, by gRPC and by REST through the real Envoy. */
final class NamedClassesIT {
  /** Two flowers: a setosa and a virginica. */
  private static final List<Float> FLOWERS = List.of(5.1f, 3.5f, 1.4f, 0.2f, 6.7f, 3.3f, 6f, 2.5f);

  private static final String ROWS =
      "{\"instances\": [[5.1, 3.5, 1.4, 0.2], [6.7, 3.3, 6.0, 2.5]]}";

  private static final List<String> NAMED =
      List.of(
          "0.\\d{6}:0:setosa",
          "0.\\d{6}:1:versicolor", "0.\\d{6}:2:virginica", "0.\\d{6}:1:versicolor");

  @TempDir private static Path temp;
  private static Path repository;
  private static RunningServer server;
  private static ManagedChannel channel;
  private static RestCalls rest;

  @BeforeAll
  static void start() {
    repository = temp.resolve("repository");
    Repositories.copy(
        RunningServer.CHECKOUT.resolve("model-repo/iris"), repository.resolve("iris"));
    Repositories.drop(repository, "words", 1, "identity-bytes.onnx");
    server = RunningServer.startWithEnvoy(repository, "--scan-interval", "100ms");
    channel = server.channel();
    rest = new RestCalls(server.restUrl());
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static ModelInferResponse infer(String output, InferParameter classification) {
    InferTensorContents typed =
        InferTensorContents.newBuilder().addAllFp32Contents(FLOWERS).build();
    return infer(
        flowers(InferInputTensor.newBuilder().setContents(typed))
            .addOutputs(asked(output).putParameters("classification", classification)));
  }

  private static ModelInferResponse infer(ModelInferRequest.Builder request) {
    return GRPCInferenceServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .modelInfer(request.build());
  }

  private static ModelInferRequest.Builder flowers(InferInputTensor.Builder values) {
    return ModelInferRequest.newBuilder()
        .setModelName("iris")
        .addInputs(values.setName("features").setDatatype("FP32").addAllShape(List.of(2L, 4L)));
  }

  private static InferRequestedOutputTensor.Builder asked(String output) {
    return InferRequestedOutputTensor.newBuilder().setName(output);
  }

  /** The values of the input as bytes. */
  private static ByteString raw() {
    ByteBuffer bytes =
        ByteBuffer.allocate(FLOWERS.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    FLOWERS.forEach(bytes::putFloat);
    return ByteString.copyFrom(bytes.flip());
  }

  private static InferParameter whole(long value) {
    return InferParameter.newBuilder().setInt64Param(value).build();
  }

  private static PredictResponse predict(Value classification) {
    return Calls.predict(
        channel,
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName("iris"))
            .putParameters("classification", classification)
            .addInputs(
                Tensor.newBuilder()
                    .setName("features")
                    .setDtype(DataType.DT_FP32)
                    .addAllShape(List.of(2L, 4L))
                    .addAllFp32Val(FLOWERS))
            .build());
  }

  private static Value number(double value) {
    return Value.newBuilder().setNumberValue(value).build();
  }

  private static void assertNamed(ByteString raw) {
    List<String> texts =
        BytesElements.decode(raw.asReadOnlyByteBuffer(), NAMED.size()).stream()
            .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
            .toList();
    for (int i = 0; i < NAMED.size(); i++) {
      assertThat(texts.get(i)).matches(NAMED.get(i));
    }
  }

  @Test
  void modelInfer_namesTheClassesOfAnOutput() {
    ModelInferResponse response = infer("probabilities", whole(2));

    assertThat(response.getOutputs(0).getDatatype()).isEqualTo("BYTES");
    assertThat(response.getOutputs(0).getShapeList()).containsExactly(2L, 2L);
    assertNamed(response.getRawOutputContents(0));
  }

  @Test
  void modelInferOfRawInputs_namesTheClassesAmongTheRequestedOutputs() {
    ModelInferResponse response =
        infer(
            flowers(InferInputTensor.newBuilder())
                .addRawInputContents(raw())
                .addOutputs(asked("probabilities").putParameters("classification", whole(2)))
                .addOutputs(asked("label")));

    assertThat(response.getOutputsList())
        .extracting(InferOutputTensor::getName, InferOutputTensor::getDatatype)
        .containsExactly(tuple("probabilities", "BYTES"), tuple("label", "INT64"));
    assertNamed(response.getRawOutputContents(0));
    assertThat(response.getRawOutputContents(1).size()).isEqualTo(2 * Long.BYTES);
  }

  @Test
  void inferByRestInBytes_namesTheClassesAmongTheRequestedOutputs() {
    String head =
        """
        {"inputs": [{"name": "features", "datatype": "FP32", "shape": [2, 4],
          "parameters": {"binary_data_size": 32}}],
         "outputs": [{"name": "probabilities", "parameters": {"classification": 2, "binary_data": true}},
           {"name": "label"}]}
        """;

    Answer answer =
        rest.post(
            "/v2/models/iris/infer",
            ByteString.copyFromUtf8(head).concat(raw()).toByteArray(),
            "Inference-Header-Content-Length",
            Integer.toString(head.length()));

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    int headLength = Integer.parseInt(answer.header("inference-header-content-length"));
    ByteString body = ByteString.copyFrom(answer.response().body());
    assertThat(body.substring(0, headLength).toStringUtf8())
        .contains("\"datatype\":\"BYTES\",\"shape\":[2,2]", "\"data\":[0,2]");
    assertNamed(body.substring(headLength));
  }

  @Test
  void predict_namesTheClassesOfAllScoresOrOfAnOutput() {
    PredictResponse all = predict(number(2));
    assertThat(all.getOutputs(0).getDtype()).isEqualTo(DataType.DT_INT64);
    assertThat(all.getOutputs(1).getDtype()).isEqualTo(DataType.DT_BYTES);
    assertThat(all.getOutputs(1).getShapeList()).containsExactly(2L, 2L);
    assertNamed(all.getOutputs(1).getRaw());

    Struct byOutput = Struct.newBuilder().putFields("probabilities", number(2)).build();
    assertThat(predict(Value.newBuilder().setStructValue(byOutput).build()).getOutputsList())
        .isEqualTo(all.getOutputsList());
  }

  @Test
  void modelInferOfWhatHasNoClasses_isRefusedWithItsOutput() {
    StatusRuntimeException negative =
        catchThrowableOfType(StatusRuntimeException.class, () -> infer("probabilities", whole(-1)));
    assertThat(negative.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(negative.getStatus().getDescription()).contains("output 'probabilities'", "'-1'");

    StatusRuntimeException ofRows =
        catchThrowableOfType(StatusRuntimeException.class, () -> infer("label", whole(1)));
    assertThat(ofRows.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(ofRows.getStatus().getDescription())
        .contains("output 'label' INT64 [-1] has one number for each row");

    InferParameter text = InferParameter.newBuilder().setStringParam("2").build();
    assertThat(
            catchThrowableOfType(StatusRuntimeException.class, () -> infer("label", text))
                .getStatus()
                .getDescription())
        .contains("output 'label'");
  }

  @ParameterizedTest
  @CsvSource({"top_k", "topK"})
  void predictByRest_namesTheClassesOfEachRow(String query) {
    Answer answer = rest.post("/v1/models/iris:predict?%s=2".formatted(query), ROWS);

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.text().replaceAll("\\s", ""))
        .matches(
            "\\{\"predictions\":\\[\\{\"label\":0,\"probabilities\":"
                + "\\[\\{\"label\":\"setosa\",\"index\":0,\"score\":0[.]\\d+},"
                + "\\{\"label\":\"versicolor\",\"index\":1,\"score\":0[.]\\d+}]},"
                + "\\{\"label\":2,\"probabilities\":"
                + "\\[\\{\"label\":\"virginica\",\"index\":2,\"score\":0[.]\\d+},"
                + "\\{\"label\":\"versicolor\",\"index\":1,\"score\":0[.]\\d+}]}]}");
  }

  @Test
  void inferByRest_namesTheClassesOfAnOutput() {
    Answer answer =
        rest.post(
            "/v2/models/iris/infer",
            """
            {"inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 4],
              "data": [5.1, 3.5, 1.4, 0.2]}],
             "outputs": [{"name": "probabilities", "parameters": {"classification": 1}}]}
            """);

    assertThat(answer.text())
        .matches(
            "(?s).*\"datatype\":\"BYTES\",\"shape\":\\[1,1],\"data\":\\[\"0.\\d{6}:0:setosa\"].*");
  }

  @ParameterizedTest
  @CsvSource({
    "iris, -1, top_k is '-1', top_k",
    "iris, two, two, ''",
    "words, 2, none of the outputs, top_k",
  })
  void predictByRestOfWhatHasNoClasses_isRefused(
      String model, String most, String says, String field) {
    Answer answer = rest.post("/v1/models/%s:predict?top_k=%s".formatted(model, most), ROWS);

    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text()).contains(says).contains(field);
    assertThat(answer.text()).doesNotContain("\"field\":\"classification\"");
  }

  @Test
  void versionWithBadLabels_isReportedWhileTheOldOneServesOn() {
    Repositories.copy(repository.resolve("iris/1"), temp.resolve("staged"));
    Repositories.write(temp.resolve("staged/labels.txt"), "a\0b");
    assertThat(temp.resolve("staged").toFile().renameTo(repository.resolve("iris/2").toFile()))
        .isTrue();

    Calls.await(
        "iris/2 to fail",
        () ->
            Calls.status(channel, "iris").stream()
                .anyMatch(
                    status ->
                        status.getVersion() == 2
                            && status
                                .getStatus()
                                .getErrorMessage()
                                .startsWith("iris/2/labels.txt:1: holds the control character")));

    assertThat(predict(number(1)).getModelSpec().getVersion()).isEqualTo(1);
  }
}
