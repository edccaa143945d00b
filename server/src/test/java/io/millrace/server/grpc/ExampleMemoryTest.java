package io.millrace.server.grpc;

import static io.millrace.server.grpc.TensorFlowExamplesTest.example;
import static io.millrace.server.grpc.TensorFlowExamplesTest.list;
import static io.millrace.server.grpc.TensorFlowExamplesTest.texts;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.DataType;
import io.millrace.server.model.SampleTensors;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import io.millrace.tensorflow.Example;
import io.millrace.tensorflow.serving.ExampleListWithContext;
import io.millrace.tensorflow.serving.Input;
import io.millrace.tensorflow.serving.RegressionResponse;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small requests whose examples, or whose answers, are much. */
final class ExampleMemoryTest extends IrisByExamplesTest {
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
                  ClassLabels.NONE,
                  SampleTensors.floats("value", Shape.of(examples), new double[examples])));
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
  void anAnswerAboveTheLimit_isRefused() {
    ClassLabels labels = new ClassLabels(List.of("x".repeat(5 * MIB)));
    Tensor scores = SampleTensors.floats("scores", Shape.of(1, 1), 1);
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

    answer(SampleTensors.floats("value", Shape.of(1), 1));
    assertThat(regress(iris(), list(example("x", texts("y")))).getResult().getRegressionsCount())
        .isEqualTo(1);
  }
}
