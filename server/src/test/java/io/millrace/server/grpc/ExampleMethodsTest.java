package io.millrace.server.grpc;

import static io.millrace.server.grpc.TensorFlowExamplesTest.list;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Int64Value;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.SampleTensors;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.tensorflow.SignatureDef;
import io.millrace.tensorflow.serving.Class;
import io.millrace.tensorflow.serving.ClassificationResponse;
import io.millrace.tensorflow.serving.Classifications;
import io.millrace.tensorflow.serving.GetModelMetadataRequest;
import io.millrace.tensorflow.serving.Regression;
import io.millrace.tensorflow.serving.RegressionResponse;
import io.millrace.tensorflow.serving.SignatureDefMap;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What TensorFlow Serving's Classify and Regress answer on the port. */
final class ExampleMethodsTest extends IrisByExamplesTest {
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
    answer(SampleTensors.floats("scores", Shape.of(2, 2), 0.25, 0.75, 0, 1));

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
    answer(SampleTensors.floats("scores", Shape.of(1, 2), 0.25, 0.75));

    assertThat(
            classify(iris().setSignatureName(name), list(row(1, 2)))
                .getModelSpec()
                .getSignatureName())
        .isEqualTo(name.isEmpty() ? "serving_default" : name);
  }

  @Test
  void classes_areNamedByAnOutputOrByTheLabels() {
    Tensor scores = SampleTensors.floats("scores", Shape.of(1, 2), 0.25, 0.75);
    ClassLabels labels = new ClassLabels(List.of("cat", "dog"));
    door.inference.answer(r -> CompletableFuture.completedStage(answer(labels, scores)));
    assertThat(classify(iris(), list(row(1, 2))).getResult().getClassificationsList())
        .containsExactly(classes("cat", 0.25, "dog", 0.75));

    door.catalog.roles = new OutputRoles("scores", "names", "");
    answer(scores, SampleTensors.texts("names", Shape.of(1, 2), "öwl", ""));
    assertThat(classify(iris(), list(row(1, 2))).getResult().getClassificationsList())
        .containsExactly(classes("öwl", 0.25, "", 0.75));
  }

  @Test
  void examples_haveAValueEach() {
    answer(SampleTensors.floats("value", Shape.of(2, 1), -1.5, 0));

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
    answer(SampleTensors.floats("value", Shape.of(1), 1));

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
}
