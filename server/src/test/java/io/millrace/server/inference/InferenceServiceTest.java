package io.millrace.server.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.lifecycle.FakeServable;
import io.millrace.server.lifecycle.ManualLifecycle;
import io.millrace.server.lifecycle.Wishes;
import io.millrace.server.model.BytesElements;
import io.millrace.server.model.CallObserver;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.ClassLabels;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One call from its arrival to its answer. The server has room for exactly one call, so that a
 * second one is admitted only if the first gave its room back.
 */
final class InferenceServiceTest {
  private static final String INPUT = "x FP32 1,4";
  private static final Signature SIGNATURE =
      new Signature(
          List.of(TensorSpec.of("x", DataType.FP32, -1, 4)),
          List.of(TensorSpec.of("y", DataType.FP32, -1, 1)));
  private static final List<Tensor> OUTPUTS = List.of(Requests.tensor("y FP32 1,1"));

  private final ManualLifecycle house = new ManualLifecycle();
  private final List<Runnable> toWrite = new ArrayList<>();
  private long nanosAhead;
  private final InferenceService service =
      new InferenceService(
          house.manager(),
          new InferenceOptions(31, 3, 30),
          new InferenceService.Callers(() -> CallObserver.NONE, toWrite::add),
          () -> System.nanoTime() + nanosAhead);

  @BeforeEach
  void serveOneVersion() {
    house.loader().onLoad(1, id -> new FakeServable(id, SIGNATURE));
    house.settle(Wishes.newest(1, 1));
    answer(CompletableFuture.completedFuture(OUTPUTS));
  }

  private FakeServable servable() {
    return house.loader().newest();
  }

  private void answer(CompletionStage<List<Tensor>> answer) {
    servable().answerWith(request -> answer);
  }

  private CompletableFuture<InferenceResponse> infer(InferenceRequest request) {
    return service.infer(request).toCompletableFuture();
  }

  private static InferenceRequest naming(String output, String input) {
    return Requests.taking(input)
        .naming(ClassCounts.NONE.with("a.path", output, OptionalLong.of(3), "3"));
  }

  private static ServingException failure(CompletableFuture<InferenceResponse> answer) {
    assertThat(answer).isCompletedExceptionally();
    return (ServingException) answer.handle((response, thrown) -> thrown).join();
  }

  /** Neither the room in memory nor the loan of the version is left with a call. */
  private void assertAllIsGivenBack() {
    answer(CompletableFuture.completedFuture(OUTPUTS));
    assertThat(infer(Requests.taking(INPUT))).isCompleted();
    house.settle(Wishes.nothing());
    assertThat(servable().closes()).isEqualTo(1);
  }

  @Test
  void call_isAnsweredWithItsVersion() {
    assertThat(infer(Requests.taking(INPUT)))
        .isCompletedWithValue(new InferenceResponse(new ModelVersionId(Wishes.MODEL, 1), OUTPUTS));
    assertAllIsGivenBack();
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
  void failedModel_givesAllBack() {
    ServingException failure = ServingException.refusal(Reason.ENGINE_ERROR, "no");
    answer(CompletableFuture.failedFuture(failure));
    assertThat(failure(infer(Requests.taking(INPUT)))).isSameAs(failure);
    assertAllIsGivenBack();
  }

  @Test
  void stageThatFailsUnexpectedly_isAFaultOfTheServers() {
    answer(CompletableFuture.failedFuture(new IllegalStateException("/a/path")));
    ServingException failure = failure(infer(Requests.taking(INPUT)));
    assertThat(failure.reason()).isEqualTo(Reason.INTERNAL_ERROR);
    assertThat(failure.getMessage()).doesNotContain("/a/path");
    assertThat(failure).hasCauseInstanceOf(IllegalStateException.class);
    assertAllIsGivenBack();
  }

  static List<Throwable> thrown() {
    return List.of(
        ServingException.refusal(Reason.MODEL_QUEUE_FULL, "full"),
        new IllegalStateException("broken"),
        new NoClassDefFoundError("gone"));
  }

  @ParameterizedTest
  @MethodSource("thrown")
  void servableThatThrows_givesAllBack(Throwable thrown) {
    servable().answerWith(request -> raise(thrown));
    Reason reason =
        thrown instanceof ServingException expected ? expected.reason() : Reason.INTERNAL_ERROR;
    assertThat(failure(infer(Requests.taking(INPUT))).reason()).isEqualTo(reason);
    assertAllIsGivenBack();
  }

  private static CompletionStage<List<Tensor>> raise(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) thrown;
  }

  @Test
  void servableThatCannotTellItsSignature_givesTheLoanBack() {
    servable()
        .onSignature(
            () -> {
              throw new IllegalStateException("broken");
            });
    assertThat(failure(infer(Requests.taking(INPUT))).reason()).isEqualTo(Reason.INTERNAL_ERROR);
    servable().onSignature(() -> {});
    assertAllIsGivenBack();
  }

  @Test
  void errorBeforeTheModelRuns_givesTheLoanBack() {
    servable()
        .onSignature(
            () -> {
              throw new NoClassDefFoundError("gone");
            });
    assertThatThrownBy(() -> service.infer(Requests.taking(INPUT)))
        .isInstanceOf(NoClassDefFoundError.class);
    servable().onSignature(() -> {});
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

  @Test
  void callThatAsksForClasses_getsThemByTheNamesOfTheVersion() {
    servable().labels(new ClassLabels(List.of("setosa")));

    InferenceResponse response = infer(naming("y", INPUT)).join();

    assertThat(response.labels().name(0)).isEqualTo("setosa");
    Tensor named = response.outputs().get(0);
    assertThat(named.dtype()).isEqualTo(DataType.BYTES);
    assertThat(BytesElements.decode(named.data(), 1))
        .containsExactly("0.000000:0:setosa".getBytes(StandardCharsets.UTF_8));
    assertAllIsGivenBack();
  }

  @Test
  void callWithoutRows_getsNoClasses() {
    InferenceResponse response = infer(naming("y", "x FP32 0,4")).join();

    assertThat(response.outputs()).extracting(Tensor::toString).containsExactly("'y' BYTES [0, 1]");
    assertAllIsGivenBack();
  }

  @Test
  void classesThatCannotBeNamed_areRefusedBeforeTheModelRuns() {
    servable().answerWith(request -> raise(new AssertionError("it runs")));

    ServingException refusal = failure(infer(naming("z", INPUT)));

    assertThat(refusal.reason()).isEqualTo(Reason.PARAMETER_INVALID);
    assertThat(refusal.getMessage()).contains("'z'", "'y'");
    assertAllIsGivenBack();
  }

  @Test
  void namingThatFails_failsTheCallAndGivesAllBack() {
    answer(CompletableFuture.completedFuture(List.of(Requests.tensor("y BOOL 1,1"))));

    assertThat(failure(infer(naming("y", INPUT))).reason()).isEqualTo(Reason.INTERNAL_ERROR);
    assertAllIsGivenBack();
  }

  @Test
  void classesByName_takeRoomUntilTheDoorHasTheAnswer() {
    CompletableFuture<List<Tensor>> running = new CompletableFuture<>();
    answer(running);
    List<ServingException> refusals = new ArrayList<>();
    CompletableFuture<Void> written =
        infer(naming("y", INPUT))
            .thenAccept(named -> refusals.add(failure(infer(Requests.taking(INPUT)))));
    running.complete(OUTPUTS);

    assertThat(written).isCompleted();
    assertThat(refusals)
        .extracting(ServingException::reason)
        .containsExactly(Reason.SERVER_OVERLOADED);
    assertAllIsGivenBack();
  }

  @Test
  void classesLongerThanAnAnswer_areRefusedAndGiveAllBack() {
    servable().labels(new ClassLabels(List.of("a name that is longer than an answer")));

    ServingException refusal = failure(infer(naming("y", INPUT)));

    assertThat(refusal.reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE);
    assertThat(refusal.getMessage()).contains("30 bytes", "ask for fewer classes or rows");
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
}
