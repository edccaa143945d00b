package io.millrace.server.inference;

import static io.millrace.server.model.SampleTensors.floats;
import static io.millrace.server.model.SampleTensors.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Reason;
import io.millrace.server.model.RunPlace;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionSelector;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked of a model about examples, and what its answers mean. */
final class ExampleTaskTest {
  private static final Signature SIGNATURE =
      new Signature(
          List.of(TensorSpec.of("x", DataType.FP32, -1)),
          List.of(
              TensorSpec.of("p", DataType.FP32, -1, 3),
              TensorSpec.of("n", DataType.BYTES, -1, 3),
              TensorSpec.of("v", DataType.FP32, -1)));
  private static final OutputRoles ALL = new OutputRoles("p", "n", "v");

  private static InferenceResponse answered(ClassLabels labels, Tensor... outputs) {
    return new InferenceResponse(new ModelVersionId("iris", 3), List.of(outputs), labels);
  }

  private static InferenceResponse answered(Tensor... outputs) {
    return answered(ClassLabels.NONE, outputs);
  }

  @Test
  void theOutputsOfATask_areThoseOfItsRoles() {
    assertThat(ExampleTask.CLASSIFY.outputs("iris", ALL, SIGNATURE)).containsExactly("p", "n");
    assertThat(ExampleTask.CLASSIFY.outputs("iris", new OutputRoles("p", "", ""), SIGNATURE))
        .containsExactly("p");
    assertThat(ExampleTask.REGRESS.outputs("iris", ALL, SIGNATURE)).containsExactly("v");
  }

  @Test
  void aModelThatDoesNotDoIt_isToldWhatToAdd() {
    assertThatThrownBy(
            () -> ExampleTask.CLASSIFY.outputs("iris", new OutputRoles("", "", "v"), SIGNATURE))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REQUEST_MALFORMED))
        .hasMessage(
            "model 'iris' does not classify: its config.yaml does not say which output has the"
                + " scores; add classify: {scores: NAME} there; its outputs are ['p' FP32 [-1, 3],"
                + " 'n' BYTES [-1, 3], 'v' FP32 [-1]]");
    assertThatThrownBy(
            () -> ExampleTask.REGRESS.outputs("iris", new OutputRoles("p", "", ""), SIGNATURE))
        .hasMessageContaining("does not regress")
        .hasMessageContaining("regress: {value: NAME}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "serving_default", "tensorflow/serving/classify"})
  void itsSignature_hasThreeNames(String name) {
    assertThatCode(() -> ExampleTask.CLASSIFY.requireSignature("signature_name", name))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @EnumSource
  void anotherSignature_isRefusedByName(ExampleTask task) {
    assertThatThrownBy(() -> task.requireSignature("signature_name", "tensorflow/serving/predict"))
        .hasMessage(
            "the model has no signature 'tensorflow/serving/predict'; for this it has '%s'",
            task.method());
  }

  @Test
  void signatures_areThoseOfTheRoles() {
    assertThat(ExampleTask.signatures(OutputRoles.NONE, SIGNATURE, ClassLabels.NONE)).isEmpty();
    List<TensorSpec> inputs = List.of(TensorSpec.of("inputs", DataType.BYTES, -1));
    TensorSpec scores = TensorSpec.of("scores", DataType.FP32, -1, 3);
    TensorSpec classes = TensorSpec.of("classes", DataType.BYTES, -1, 3);

    assertThat(ExampleTask.signatures(ALL, SIGNATURE, ClassLabels.NONE))
        .containsOnlyKeys("tensorflow/serving/classify", "tensorflow/serving/regress")
        .containsEntry(
            "tensorflow/serving/classify", new Signature(inputs, List.of(classes, scores)))
        .containsEntry(
            "tensorflow/serving/regress",
            new Signature(inputs, List.of(TensorSpec.of("outputs", DataType.FP32, -1))));
    assertThat(ExampleTask.signatures(new OutputRoles("p", "", ""), SIGNATURE, ClassLabels.NONE))
        .containsEntry("tensorflow/serving/classify", new Signature(inputs, List.of(scores)));
    assertThat(
            ExampleTask.signatures(
                new OutputRoles("p", "", ""), SIGNATURE, new ClassLabels(List.of("a"))))
        .containsEntry(
            "tensorflow/serving/classify", new Signature(inputs, List.of(classes, scores)));
  }

  private static InferenceRequest asked(int examples) {
    return new InferenceRequest(
        "iris",
        VersionSelector.LATEST,
        List.of(floats("x", Shape.of(examples), new double[examples])),
        List.of(),
        0,
        () -> false);
  }

  @Test
  void anAnswerForEachExample_passes_andAnyOtherIsTheModelsFault() {
    InferenceResponse two = answered(floats("v", Shape.of(2), 1, 2));

    assertThat(run(asked(2), two)).isCompletedWithValue(two);
    assertThat(run(asked(3), two))
        .failsWithin(Duration.ZERO)
        .withThrowableOfType(ExecutionException.class)
        .havingCause()
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.reason()).isEqualTo(Reason.ENGINE_ERROR))
        .withMessage("the model answered 3 examples with output 'v' FP32 [2]");
    assertThat(run(asked(1), answered(floats("v", Shape.of(), 1))))
        .failsWithin(Duration.ZERO)
        .withThrowableOfType(ExecutionException.class)
        .withMessageContaining("FP32 []");
  }

  private static CompletableFuture<InferenceResponse> run(
      InferenceRequest request, InferenceResponse response) {
    return ExampleTask.REGRESS
        .run(request, asked -> CompletableFuture.completedFuture(response))
        .toCompletableFuture();
  }

  @ParameterizedTest
  @CsvSource({"CLASSIFY, INSTANCES", "REGRESS, AUTO"})
  void callsThatNameClasses_areForTheInstances(ExampleTask task, RunPlace place) {
    AtomicReference<RunPlace> asked = new AtomicReference<>();

    var unused =
        task.run(
            asked(1),
            request -> {
              asked.set(request.place());
              return CompletableFuture.completedFuture(answered(floats("v", Shape.of(1), 1)));
            });

    assertThat(asked).hasValue(place);
  }

  @Test
  void scores_areNamedByTheOutputOfNames() {
    Classification told =
        Classification.of(
            answered(
                new ClassLabels(List.of("not", "these")),
                floats("p", Shape.of(2, 2), 0.1, 0.9, 0.8, 0.2),
                texts("n", Shape.of(2, 2), "cat", "dog", "owl", "ant")));

    assertThat(told.rows()).isEqualTo(2);
    assertThat(told.classes()).isEqualTo(2);
    assertThat(told.label(0, 1) + told.score(0, 1)).isEqualTo("dog0.9");
    assertThat(told.label(1, 0) + told.score(1, 0)).isEqualTo("owl0.8");
  }

  @Test
  void scores_areNamedByTheLabels_orNotAtAll() {
    Tensor scores = floats("p", Shape.of(2, 2), 1, 2, 3, 4);

    Classification named = Classification.of(answered(new ClassLabels(List.of("cat")), scores));

    assertThat(named.label(1, 0)).isEqualTo("cat");
    assertThat(named.label(1, 1)).isEmpty();
    assertThat(Classification.of(answered(scores)).label(0, 0)).isEmpty();
  }

  @Test
  void doubles_areToldAsFloats() {
    ByteBuffer data = ByteBuffer.allocate(2 * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    data.putDouble(0.1).putDouble(-7);
    Tensor doubles = new Tensor("p", DataType.FP64, Shape.of(2, 1), data.flip());

    assertThat(Classification.of(answered(doubles)).score(0, 0)).isEqualTo(0.1f);
    assertThat(Regression.of(answered(doubles)).value(1)).isEqualTo(-7f);
  }

  @Test
  void outputsThatAreNotWhatTheyShouldBe_areTheModelsFault() {
    assertThatThrownBy(() -> Classification.of(answered(floats("p", Shape.of(2), 1, 2))))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.reason()).isEqualTo(Reason.ENGINE_ERROR))
        .hasMessageContaining("'p' FP32 [2], which is not [rows, classes]");
    assertThatThrownBy(
            () ->
                Classification.of(
                    answered(floats("p", Shape.of(1, 2), 1, 2), texts("n", Shape.of(1, 1), "cat"))))
        .hasMessageContaining("'n' BYTES [1, 1], but 'p' FP32 [1, 2]");
    assertThatThrownBy(() -> Regression.of(answered(floats("v", Shape.of(1, 2), 1, 2))))
        .hasMessageContaining("'v' FP32 [1, 2], which is not one value for each row");
  }
}
