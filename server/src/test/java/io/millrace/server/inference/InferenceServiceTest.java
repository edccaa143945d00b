package io.millrace.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.lifecycle.Wishes;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** One call from its arrival to its answer. */
final class InferenceServiceTest extends OneCallTest {
  @Test
  void call_isAnsweredWithItsVersion() {
    assertThat(infer(Requests.taking(INPUT)))
        .isCompletedWithValue(new InferenceResponse(new ModelVersionId(Wishes.MODEL, 1), OUTPUTS));
    assertAllIsGivenBack();
  }

  @Test
  void model_getsTheInputsAndTheNamesOfTheOutputs() {
    servable()
        .answerWith(
            request ->
                CompletableFuture.completedFuture(
                    request.outputs().equals(List.of("y")) ? request.inputs() : List.of()));
    CompletableFuture<InferenceResponse> response =
        infer(Requests.asking(Requests.taking(INPUT), "y"));
    assertThat(response.join().outputs()).extracting(Tensor::name).containsExactly("x");
  }

  @Test
  void runningCall_holdsItsVersionAndItsRoom() {
    CompletableFuture<List<Tensor>> running = new CompletableFuture<>();
    answer(running);
    CompletableFuture<InferenceResponse> response = infer(Requests.taking(INPUT));
    assertThat(response).isNotDone();
    assertThat(failure(infer(Requests.taking(INPUT))).reason()).isEqualTo(Reason.SERVER_OVERLOADED);
    house.settle(Wishes.nothing());
    assertThat(servable().closes()).isZero();

    running.complete(OUTPUTS);
    house.settle();
    assertThat(response).isCompleted();
    assertThat(servable().closes()).isEqualTo(1);
  }

  @Test
  void callOfTooManyRows_isRefusedAndGivesTheLoanBack() {
    ServingException refusal = failure(infer(Requests.taking("x FP32 4,4")));

    assertThat(refusal.reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE);
    assertThat(refusal.getMessage()).contains("4 rows", "limit is 3", "--max-rows");
    assertAllIsGivenBack();
  }

  @Test
  void overloadedServer_givesTheLoanBack() {
    CompletableFuture<List<Tensor>> running = new CompletableFuture<>();
    answer(running);
    CompletableFuture<InferenceResponse> first = infer(Requests.taking(INPUT));
    assertThat(infer(Requests.taking(INPUT))).isCompletedExceptionally();
    running.complete(OUTPUTS);
    assertThat(first).isCompleted();
    assertAllIsGivenBack();
  }

  @Test
  void invalidRequest_givesTheLoanBack() {
    assertThat(failure(infer(Requests.taking("x FP32 1,5"))).reason())
        .isEqualTo(Reason.TENSOR_SHAPE_MISMATCH);
    assertAllIsGivenBack();
  }

  @Test
  void lateCall_isRefusedBeforeAnythingIsLent() {
    house.settle(Wishes.nothing());
    assertThat(failure(infer(Requests.late(INPUT))).reason()).isEqualTo(Reason.DEADLINE_IN_QUEUE);
  }

  @Test
  void answerAfterTheDeadline_isNotGiven() {
    CompletableFuture<List<Tensor>> running = new CompletableFuture<>();
    answer(running);
    CompletableFuture<InferenceResponse> response = infer(Requests.taking(INPUT));
    nanosAhead = TimeUnit.HOURS.toNanos(1);
    running.complete(OUTPUTS);
    assertThat(failure(response).reason()).isEqualTo(Reason.DEADLINE_IN_ENGINE);
    nanosAhead = 0;
    assertAllIsGivenBack();
  }

  @Test
  void unknownModel_isRefused() {
    house.settle(Wishes.nothing());
    assertThat(failure(infer(Requests.taking(INPUT))).reason()).isEqualTo(Reason.SERVER_STARTING);
  }

  private void answerWithMuch() {
    int values = 100_000;
    Tensor much =
        new Tensor(
            "y",
            DataType.FP32,
            Shape.of(1, values),
            ByteBuffer.allocate(Float.BYTES * values).order(ByteOrder.LITTLE_ENDIAN));
    answer(CompletableFuture.completedFuture(List.of(much)));
  }

  @Test
  void largeAnswer_isCompletedByAWriter_whenTheCallHasGivenAllBack() {
    answerWithMuch();

    CompletableFuture<InferenceResponse> large = infer(Requests.taking(INPUT));

    assertThat(large).isNotDone();
    assertAllIsGivenBack();
    assertThat(toWrite).hasSize(1);
    toWrite.get(0).run();
    assertThat(large.join().outputs().get(0).elements()).isEqualTo(100_000);
  }

  @Test
  void largeAnswerWhoseTurnComesTooLate_isNotWritten() {
    answerWithMuch();
    CompletableFuture<InferenceResponse> large = infer(Requests.taking(INPUT));

    nanosAhead = TimeUnit.DAYS.toNanos(1);
    toWrite.get(0).run();

    assertThat(failure(large).reason()).isEqualTo(Reason.DEADLINE_IN_ENGINE);
  }
}
