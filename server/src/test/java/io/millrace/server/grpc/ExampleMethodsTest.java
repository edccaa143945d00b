package io.millrace.server.grpc;

import static io.millrace.server.grpc.TensorFlowExamplesTest.example;
import static io.millrace.server.grpc.TensorFlowExamplesTest.floats;
import static io.millrace.server.grpc.TensorFlowExamplesTest.list;
import static io.millrace.server.grpc.TensorFlowExamplesTest.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Int64Value;
import io.grpc.Status;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import io.millrace.tensorflow.Example;
import io.millrace.tensorflow.SignatureDef;
import io.millrace.tensorflow.serving.Class;
import io.millrace.tensorflow.serving.ClassificationRequest;
import io.millrace.tensorflow.serving.ClassificationResponse;
import io.millrace.tensorflow.serving.Classifications;
import io.millrace.tensorflow.serving.ExampleListWithContext;
import io.millrace.tensorflow.serving.GetModelMetadataRequest;
import io.millrace.tensorflow.serving.Input;
import io.millrace.tensorflow.serving.ModelSpec;
import io.millrace.tensorflow.serving.PredictionServiceGrpc;
import io.millrace.tensorflow.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;
import io.millrace.tensorflow.serving.Regression;
import io.millrace.tensorflow.serving.RegressionRequest;
import io.millrace.tensorflow.serving.RegressionResponse;
import io.millrace.tensorflow.serving.SignatureDefMap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TensorFlow Serving's Classify and Regress on the port. */
final class ExampleMethodsTest {
  private static final int MIB = 1 << 20;

  /** One call may take 6 MiB of memory, and no message is above 4 MiB. */
  private final RunningDoor door = new RunningDoor(RunningDoor.withMemory(4 * MIB, 8 * MIB));

  private final PredictionServiceBlockingStub client =
      PredictionServiceGrpc.newBlockingStub(door.channel);

  @BeforeEach
  void serveIris() {
    door.catalog.with("iris", FakeCatalog.version("iris", 3, VersionState.READY));
    door.catalog.roles = new OutputRoles("scores", "", "value");
    door.catalog.signature =
        new Signature(
            List.of(TensorSpec.of("x", DataType.FP32, -1, 2)),
            List.of(
                TensorSpec.of("scores", DataType.FP32, -1, 2),
                TensorSpec.of("names", DataType.BYTES, -1, 2),
                TensorSpec.of("value", DataType.FP32, -1)));
  }

  @AfterEach
  void close() {
    door.close();
  }

  private static ModelSpec.Builder iris() {
    return ModelSpec.newBuilder().setName("iris");
  }

  private static Example row(double... values) {
    return example("x", floats(values));
  }

  private ClassificationResponse classify(ModelSpec.Builder spec, Input input) {
    return client.classify(
        ClassificationRequest.newBuilder().setModelSpec(spec).setInput(input).build());
  }

  private RegressionResponse regress(ModelSpec.Builder spec, Input input) {
    return client.regress(
        RegressionRequest.newBuilder().setModelSpec(spec).setInput(input).build());
  }

  private static InferenceResponse answer(ClassLabels labels, Tensor... outputs) {
    return new InferenceResponse(new ModelVersionId("iris", 3), List.of(outputs), labels);
  }

  private void answer(Tensor... outputs) {
    door.inference.answer(
        request -> CompletableFuture.completedStage(answer(ClassLabels.NONE, outputs)));
  }

  private static Tensor floatsOf(String name, Shape shape, double... values) {
    ByteBuffer data =
        ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      data.putFloat((float) value);
    }
    return new Tensor(name, DataType.FP32, shape, data.flip());
  }

  private static Tensor textsOf(String name, Shape shape, String... texts) {
    return new Tensor(
        name,
        DataType.BYTES,
        shape,
        BytesElements.encode(
            Arrays.stream(texts).map(text -> text.getBytes(StandardCharsets.UTF_8)).toList()));
  }

  private static Classifications classes(Object... labelsAndScores) {
    Classifications.Builder classes = Classifications.newBuilder();
    for (int i = 0; i < labelsAndScores.length; i += 2) {
      classes.addClasses(
          Class.newBuilder()
              .setLabel((String) labelsAndScores[i])
              .setScore(((Double) labelsAndScores[i + 1]).floatValue()));
    }
    return classes.build();
  }

  @Test
  void examples_areClassifiedByTheOutputThatTheConfigurationNames() throws Exception {
    answer(floatsOf("scores", Shape.of(2, 2), 0.25, 0.75, 0, 1));

    ClassificationResponse response = classify(iris(), list(row(1, 2), row(3, 4)));

    assertThat(response.getModelSpec())
        .isEqualTo(iris().setVersion(Int64Value.of(3)).setSignatureName("serving_default").build());
    assertThat(response.getResult().getClassificationsList())
        .containsExactly(classes("", 0.25, "", 0.75), classes("", 0.0, "", 1.0));
    InferenceRequest asked = door.inference.requests.take();
    assertThat(asked.outputs()).containsExactly("scores");
    assertThat(asked.inputs().get(0).shape()).isEqualTo(Shape.of(2, 2));
    assertThat(asked.inputs().get(0).data().getFloat(3 * Float.BYTES)).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "serving_default", "tensorflow/serving/classify"})
  void theAnswer_namesTheSignatureThatWasAskedFor(String name) {
    answer(floatsOf("scores", Shape.of(1, 2), 0.25, 0.75));

    assertThat(
            classify(iris().setSignatureName(name), list(row(1, 2)))
                .getModelSpec()
                .getSignatureName())
        .isEqualTo(name.isEmpty() ? "serving_default" : name);
  }

  /** A context counts for each example, so a small request can be much to write. */
  @ParameterizedTest
  @CsvSource({"8, true", "40000, false"})
  void whatExamplesMakeOfASmallRequest_isWrittenOnTheEventLoopOnlyIfItIsLittle(
      int examples, boolean onLoop) throws Exception {
    BlockingQueue<Boolean> loops = new LinkedBlockingQueue<>();
    door.inference.answer(
        request -> {
          loops.add(GrpcServer.currentLoop().isPresent());
          return CompletableFuture.completedStage(
              answer(
                  ClassLabels.NONE, floatsOf("value", Shape.of(examples), new double[examples])));
        });
    ExampleListWithContext.Builder shared =
        ExampleListWithContext.newBuilder().setContext(row(1, 2));
    for (int i = 0; i < examples; i++) {
      shared.addExamples(Example.getDefaultInstance());
    }

    RegressionResponse response =
        regress(iris(), Input.newBuilder().setExampleListWithContext(shared).build());

    assertThat(response.getResult().getRegressionsCount()).isEqualTo(examples);
    assertThat(loops.take()).isEqualTo(onLoop);
  }

  @Test
  void classes_areNamedByAnOutputOrByTheLabels() {
    Tensor scores = floatsOf("scores", Shape.of(1, 2), 0.25, 0.75);
    ClassLabels labels = new ClassLabels(List.of("cat", "dog"));
    door.inference.answer(r -> CompletableFuture.completedStage(answer(labels, scores)));
    assertThat(classify(iris(), list(row(1, 2))).getResult().getClassificationsList())
        .containsExactly(classes("cat", 0.25, "dog", 0.75));

    door.catalog.roles = new OutputRoles("scores", "names", "");
    answer(scores, textsOf("names", Shape.of(1, 2), "öwl", ""));
    assertThat(classify(iris(), list(row(1, 2))).getResult().getClassificationsList())
        .containsExactly(classes("öwl", 0.25, "", 0.75));
  }

  @Test
  void examples_haveAValueEach() {
    answer(floatsOf("value", Shape.of(2, 1), -1.5, 0));

    RegressionResponse response = regress(iris(), list(row(1, 2), row(3, 4)));

    assertThat(response.getModelSpec().getVersion().getValue()).isEqualTo(3);
    assertThat(response.getResult().getRegressionsList())
        .extracting(Regression::getValue)
        .containsExactly(-1.5f, 0f);
    assertThat(door.inference.requests.remove().outputs()).containsExactly("value");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "serving_default", "tensorflow/serving/regress"})
  void theSignatureOfTheTask_isTaken(String name) {
    answer(floatsOf("value", Shape.of(1), 1));

    assertThat(
            regress(iris().setSignatureName(name), list(row(1, 2)))
                .getResult()
                .getRegressionsCount())
        .isEqualTo(1);
  }

  @Test
  void metadata_tellOfTheTasks() throws IOException {
    door.catalog.labels = new ClassLabels(List.of("cat"));

    SignatureDefMap signatures =
        client
            .getModelMetadata(
                GetModelMetadataRequest.newBuilder()
                    .setModelSpec(iris())
                    .addMetadataField("signature_def")
                    .build())
            .getMetadataOrThrow("signature_def")
            .unpack(SignatureDefMap.class);

    assertThat(signatures.getSignatureDefMap())
        .containsOnlyKeys(
            "serving_default", "tensorflow/serving/classify", "tensorflow/serving/regress");
    SignatureDef classify = signatures.getSignatureDefOrThrow("tensorflow/serving/classify");
    assertThat(classify.getMethodName()).isEqualTo("tensorflow/serving/classify");
    assertThat(classify.getInputsOrThrow("inputs").getDtype())
        .isEqualTo(io.millrace.tensorflow.DataType.DT_STRING);
    assertThat(classify.getOutputsMap()).containsOnlyKeys("classes", "scores");
  }

  private static void assertRefused(Calls.End end, Status.Code code, String reason, String words) {
    assertThat(end.code()).as(end.message()).isEqualTo(code);
    assertThat(end.reason()).isEqualTo(reason);
    assertThat(end.message()).contains(words);
  }

  @Test
  void whatIsWrongWithARequest_isRefusedWithItsPlace() {
    Input one = list(row(1, 2));

    assertRefused(
        Calls.failed(() -> classify(ModelSpec.newBuilder().setName("wine"), one)),
        Status.Code.NOT_FOUND,
        "MODEL_NOT_FOUND",
        "'wine'");
    assertRefused(
        Calls.failed(() -> classify(iris().setVersion(Int64Value.of(9)), one)),
        Status.Code.NOT_FOUND,
        "VERSION_NOT_FOUND",
        "");
    assertRefused(
        Calls.failed(() -> classify(iris().setSignatureName("tensorflow/serving/regress"), one)),
        Status.Code.INVALID_ARGUMENT,
        "REQUEST_MALFORMED",
        "no signature 'tensorflow/serving/regress'; for this it has 'tensorflow/serving/classify'");
    assertRefused(
        Calls.failed(() -> classify(iris(), Input.getDefaultInstance())),
        Status.Code.INVALID_ARGUMENT,
        "REQUEST_MALFORMED",
        "input is empty");
    assertRefused(
        Calls.failed(() -> classify(iris(), list(row(1, 2), row(1)))),
        Status.Code.INVALID_ARGUMENT,
        "TENSOR_SHAPE_MISMATCH",
        "examples[1]: feature 'x' has 1 values, but 2 are needed");
    assertRefused(
        Calls.failed(() -> classify(iris(), list(example("x", texts("1", "2"))))),
        Status.Code.INVALID_ARGUMENT,
        "TENSOR_DTYPE_MISMATCH",
        "examples[0]: feature 'x' has a bytes_list");
    assertThat(door.inference.requests).isEmpty();
  }

  @Test
  void aModelThatDoesNotDoIt_isRefusedWithWhatToAdd() {
    door.catalog.roles = OutputRoles.NONE;

    Calls.End end = Calls.failed(() -> classify(iris(), list(row(1, 2))));

    assertRefused(
        end,
        Status.Code.INVALID_ARGUMENT,
        "REQUEST_MALFORMED",
        "add classify: {scores: NAME} there; its outputs are ['scores' FP32 [-1, 2]");
    assertThat(end.info().orElseThrow().getMetadataMap()).containsEntry("model", "iris");
  }

  @Test
  void aModelThatDoesNotAnswerEachExample_isAtFault() {
    answer(floatsOf("scores", Shape.of(1, 2), 1, 2));

    assertRefused(
        Calls.failed(() -> classify(iris(), list(row(1, 2), row(3, 4)))),
        Status.Code.INTERNAL,
        "ENGINE_ERROR",
        "the model answered 2 examples with output 'scores' FP32 [1, 2]");
  }

  @Test
  void aFailureOfTheModel_isTheCallsOwn() {
    door.inference.answer(
        r ->
            CompletableFuture.failedStage(
                ServingException.refusal(Reason.MODEL_QUEUE_FULL, "the queue of 'iris' is full")));

    assertRefused(
        Calls.failed(() -> regress(iris(), list(row(1, 2)))),
        Status.Code.UNAVAILABLE,
        "MODEL_QUEUE_FULL",
        "the queue");
  }

  @Test
  void anAnswerAboveTheLimit_isRefused() {
    ClassLabels labels = new ClassLabels(List.of("x".repeat(5 * MIB)));
    Tensor scores = floatsOf("scores", Shape.of(1, 1), 1);
    door.inference.answer(r -> CompletableFuture.completedStage(answer(labels, scores)));

    assertRefused(
        Calls.failed(() -> classify(iris(), list(row(1, 2)))),
        Status.Code.RESOURCE_EXHAUSTED,
        "MESSAGE_TOO_LARGE",
        "the answer takes ");
  }

  @Test
  void aTinyRequestForMoreMemoryThanACallMayTake_isRefusedAndNothingStays() {
    door.catalog.signature =
        new Signature(
            List.of(TensorSpec.of("x", DataType.BYTES, -1)), door.catalog.signature.outputs());
    ExampleListWithContext.Builder shared =
        ExampleListWithContext.newBuilder().setContext(example("x", texts("y".repeat(MIB))));
    for (int i = 0; i < 8; i++) {
      shared.addExamples(Example.getDefaultInstance());
    }
    Input input = Input.newBuilder().setExampleListWithContext(shared).build();
    for (int i = 0; i < 50; i++) {
      assertRefused(
          Calls.failed(() -> regress(iris(), input)),
          Status.Code.RESOURCE_EXHAUSTED,
          "MESSAGE_TOO_LARGE",
          "limit");
    }

    answer(floatsOf("value", Shape.of(1), 1));
    assertThat(regress(iris(), list(example("x", texts("y")))).getResult().getRegressionsCount())
        .isEqualTo(1);
  }
}
