package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.JsonFormat;
import io.grpc.ManagedChannel;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferResponse;
import io.millrace.openinference.ModelMetadataRequest;
import io.millrace.openinference.RepositoryIndexRequest;
import io.millrace.openinference.ServerReadyRequest;
import io.millrace.v1.DataType;
import io.millrace.v1.GetModelMetadataRequest;
import io.millrace.v1.GetModelMetadataResponse;
import io.millrace.v1.ListModelsRequest;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.ModelSummary;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.Tensor;
import io.millrace.v1.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The models in the box answer their own sample requests, zeros and nothing, by both protocols. */
final class SampleModelsIT {
  private static final Path MODELS = RunningServer.CHECKOUT.resolve("model-repo");

  private static RunningServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() {
    server = RunningServer.start(MODELS);
    channel = server.channel();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** The expected values were computed by Python's onnxruntime and torch on the same files. */
  @ParameterizedTest
  @CsvSource({
    "diabetes, 2, progression, 89.338",
    "iris, 1, probabilities, 0.977",
  })
  void sampleRequest_givesTheFloatThatPythonGives(
      String model, long version, String output, float expected) throws IOException {
    PredictResponse response = Calls.predict(channel, sample(model));

    assertThat(response.getModelSpec().getVersion()).isEqualTo(version);
    assertThat(Calls.fp32(response, output, 0)).isCloseTo(expected, within(0.001f));
  }

  @ParameterizedTest
  @CsvSource({
    "iris, label, 0",
    "digits, label, 1",
    "sentiment, label, 1",
    "user-behavior, label, 3",
    "recommender, item_ids, 1056",
  })
  void sampleRequest_givesTheLabelThatPythonGives(String model, String output, long expected)
      throws IOException {
    assertThat(Calls.int64(Calls.predict(channel, sample(model)), output, 0)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"1, stable, onnxruntime", "2, canary, pytorch"})
  void digits_runsOnTwoEnginesUnderOneName(long version, String label, String engine)
      throws IOException {
    PredictRequest.Builder request = sample("digits").toBuilder();
    request.getModelSpecBuilder().setVersion(version);
    PredictResponse byNumber = Calls.predict(channel, request.build());
    request.getModelSpecBuilder().setVersionLabel(label);
    PredictResponse byLabel = Calls.predict(channel, request.build());

    assertThat(byNumber.getModelSpec().getVersion()).isEqualTo(version);
    assertThat(byLabel.getModelSpec().getVersion()).isEqualTo(version);
    assertThat(byLabel.getOutputsList()).isEqualTo(byNumber.getOutputsList());
    assertThat(metadata("digits", version).getEngine()).isEqualTo(engine);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"diabetes", "iris", "digits", "sentiment", "user-behavior", "recommender"})
  void everyModel_answersZerosAndNoRows(String model) {
    GetModelMetadataResponse metadata = metadata(model, 0);
    for (long rows : new long[] {1, 3, 0}) {
      PredictResponse response = Calls.predict(channel, zeros(metadata, rows));
      assertThat(response.getOutputsList())
          .hasSize(metadata.getOutputsCount())
          .allSatisfy(output -> assertThat(output.getShape(0)).isEqualTo(rows));
    }
  }

  private static PredictRequest zeros(GetModelMetadataResponse metadata, long rows) {
    PredictRequest.Builder request =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName(metadata.getName()));
    for (TensorSpec spec : metadata.getInputsList()) {
      Tensor.Builder tensor =
          Tensor.newBuilder().setName(spec.getName()).setDtype(spec.getDtype()).addShape(rows);
      long elements = rows;
      for (long size : spec.getShapeList().subList(1, spec.getShapeCount())) {
        tensor.addShape(size);
        elements *= size;
      }
      int width = spec.getDtype() == DataType.DT_INT64 ? Long.BYTES : Float.BYTES;
      request.addInputs(tensor.setRaw(ByteString.copyFrom(new byte[(int) elements * width])));
    }
    return request.build();
  }

  @Test
  void sentiment_readsTextBeyondTheBasicPlane() throws IOException {
    PredictRequest.Builder request = sample("sentiment").toBuilder();
    request
        .getInputsBuilder(0)
        .clearShape()
        .addShape(1)
        .clearBytesVal()
        .addBytesVal(ByteString.copyFromUtf8("I love this \uD83D\uDE00 wonderful film"));

    assertThat(Calls.int64(Calls.predict(channel, request.build()), "label", 0)).isEqualTo(1);
  }

  @Test
  void outputFilter_choosesAndOrdersOutputs_andTheIdComesBack() throws IOException {
    PredictResponse response =
        Calls.predict(
            channel,
            sample("iris").toBuilder()
                .setId("call-7")
                .addOutputFilter("probabilities")
                .addOutputFilter("label")
                .build());

    assertThat(response.getId()).isEqualTo("call-7");
    assertThat(response.getOutputsList())
        .extracting(Tensor::getName)
        .containsExactly("probabilities", "label");
  }

  @Test
  void openInferenceProtocol_givesTheSameAnswer() throws IOException {
    PredictResponse ours = Calls.predict(channel, sample("iris"));
    ByteBuffer row = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : new float[] {5.1f, 3.5f, 1.4f, 0.2f}) {
      row.putFloat(value);
    }
    ModelInferResponse theirs =
        openInference()
            .modelInfer(
                ModelInferRequest.newBuilder()
                    .setModelName("iris")
                    .setId("7")
                    .addInputs(
                        ModelInferRequest.InferInputTensor.newBuilder()
                            .setName("features")
                            .setDatatype("FP32")
                            .addAllShape(List.of(1L, 4L)))
                    .addRawInputContents(ByteString.copyFrom(row.flip()))
                    .build());

    assertThat(theirs.getId()).isEqualTo("7");
    assertThat(theirs.getModelVersion()).isEqualTo("1");
    assertThat(theirs.getRawOutputContentsList())
        .isEqualTo(ours.getOutputsList().stream().map(Tensor::getRaw).toList());
  }

  @Test
  void openInferenceProtocol_describesServerAndModels() {
    assertThat(openInference().serverReady(ServerReadyRequest.getDefaultInstance()).getReady())
        .isTrue();
    assertThat(
            openInference()
                .modelMetadata(ModelMetadataRequest.newBuilder().setName("digits").build())
                .getVersionsList())
        .containsExactlyInAnyOrder("1", "2");
    assertThat(
            openInference()
                .repositoryIndex(RepositoryIndexRequest.newBuilder().setReady(true).build())
                .getModelsList())
        .extracting(model -> model.getName() + "/" + model.getVersion())
        .contains("digits/1", "digits/2", "iris/1", "recommender/2");
  }

  @Test
  void listModels_namesAllSix() {
    assertThat(
            ModelServiceGrpc.newBlockingStub(channel)
                .listModels(ListModelsRequest.getDefaultInstance())
                .getModelsList())
        .extracting(ModelSummary::getName)
        .containsExactly("diabetes", "digits", "iris", "recommender", "sentiment", "user-behavior");
  }

  @Test
  void startReport_tellsWhatIsServedAndWhatToType() {
    assertThat(server.output())
        .contains("gRPC", "digits/2", "pytorch", "READY", "grpcurl -plaintext", "Ready after");
  }

  private static GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub openInference() {
    return GRPCInferenceServiceGrpc.newBlockingStub(channel);
  }

  private static GetModelMetadataResponse metadata(String model, long version) {
    GetModelMetadataRequest.Builder request = GetModelMetadataRequest.newBuilder().setName(model);
    if (version > 0) {
      request.setVersion(version);
    }
    return ModelServiceGrpc.newBlockingStub(channel).getModelMetadata(request.build());
  }

  private static PredictRequest sample(String model) throws IOException {
    PredictRequest.Builder request = PredictRequest.newBuilder();
    String json = Files.readString(MODELS.resolve(model).resolve("samples/request.json"));
    JsonFormat.parser().merge(json, request);
    return request.build();
  }
}
