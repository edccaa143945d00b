package io.millrace.server.grpc;

import static io.millrace.server.grpc.TensorFlowExamplesTest.example;
import static io.millrace.server.grpc.TensorFlowExamplesTest.list;
import static io.millrace.server.grpc.TensorFlowExamplesTest.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Int64Value;
import io.grpc.Status;
import io.millrace.server.model.OutputRoles;
import io.millrace.server.model.Reason;
import io.millrace.server.model.SampleTensors;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.tensorflow.serving.Input;
import io.millrace.tensorflow.serving.ModelSpec;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Classify and Regress that end without an answer, and what their callers are told. */
final class ExampleRefusalsTest extends IrisByExamplesTest {
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
    answer(SampleTensors.floats("scores", Shape.of(1, 2), 1, 2));

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
}
