package io.millrace.server.grpc;

import static io.millrace.server.grpc.TensorFlowExamplesTest.example;
import static io.millrace.server.grpc.TensorFlowExamplesTest.floats;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import io.millrace.tensorflow.Example;
import io.millrace.tensorflow.serving.ClassificationRequest;
import io.millrace.tensorflow.serving.ClassificationResponse;
import io.millrace.tensorflow.serving.Input;
import io.millrace.tensorflow.serving.ModelSpec;
import io.millrace.tensorflow.serving.PredictionServiceGrpc;
import io.millrace.tensorflow.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;
import io.millrace.tensorflow.serving.RegressionRequest;
import io.millrace.tensorflow.serving.RegressionResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * A door before the model {@code iris/3}, which classifies and regresses examples of two floats,
 * and a client of TensorFlow Serving.
 */
abstract class IrisByExamplesTest {
  static final int MIB = 1 << 20;

  /** One call may take 6 MiB of memory, and no message is above 4 MiB. */
  final RunningDoor door = new RunningDoor(RunningDoor.withMemory(4 * MIB, 8 * MIB));

  final PredictionServiceBlockingStub client = PredictionServiceGrpc.newBlockingStub(door.channel);

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

  static ModelSpec.Builder iris() {
    return ModelSpec.newBuilder().setName("iris");
  }

  static Example row(double... values) {
    return example("x", floats(values));
  }

  ClassificationResponse classify(ModelSpec.Builder spec, Input input) {
    return client.classify(
        ClassificationRequest.newBuilder().setModelSpec(spec).setInput(input).build());
  }

  RegressionResponse regress(ModelSpec.Builder spec, Input input) {
    return client.regress(
        RegressionRequest.newBuilder().setModelSpec(spec).setInput(input).build());
  }

  static InferenceResponse answer(ClassLabels labels, Tensor... outputs) {
    return new InferenceResponse(new ModelVersionId("iris", 3), List.of(outputs), labels);
  }

  void answer(Tensor... outputs) {
    door.inference.answer(
        request -> CompletableFuture.completedStage(answer(ClassLabels.NONE, outputs)));
  }

  static void assertRefused(Calls.End end, Status.Code code, String reason, String words) {
    assertThat(end.code()).as(end.message()).isEqualTo(code);
    assertThat(end.reason()).isEqualTo(reason);
    assertThat(end.message()).contains(words);
  }
}
