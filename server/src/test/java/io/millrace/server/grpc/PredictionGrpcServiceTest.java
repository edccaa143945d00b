package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Value;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.VersionSelector;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.PredictionServiceGrpc.PredictionServiceBlockingStub;
import io.millrace.v1.Tensor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PredictionGrpcServiceTest {
  private final RunningDoor door = new RunningDoor(RunningDoor.maxMessage(1 << 20));
  private final PredictionServiceBlockingStub client =
      PredictionServiceGrpc.newBlockingStub(door.channel);

  @AfterEach
  void close() {
    door.close();
  }

  private static PredictRequest request() {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("iris"))
        .setId("call-7")
        .putParameters("unknown", Value.newBuilder().setNumberValue(1).build())
        .addInputs(
            Tensor.newBuilder().setName("x").setDtype(DataType.DT_FP32).addShape(1).addFp32Val(1))
        .build();
  }

  @Test
  void aPrediction_isAnsweredWithTheVersionTheIdAndRawOutputs() {
    PredictResponse response = client.predict(request());

    assertThat(response.getModelSpec().getVersion()).isEqualTo(3);
    assertThat(response.getId()).isEqualTo("call-7");
    assertThat(response.getOutputs(0).getName()).isEqualTo("x");
    assertThat(response.getOutputs(0).getRaw())
        .isEqualTo(ByteString.copyFrom(new byte[] {0, 0, (byte) 0x80, 0x3F}));
  }

  @Test
  void moreThanOneRequest_isRefusedAndNoneRuns() {
    byte[] request = request().toByteArray();

    for (int surplus = 1; surplus <= 2; surplus++) {
      byte[][] messages = new byte[1 + surplus][];
      Arrays.fill(messages, request);
      Calls.End end =
          Calls.raw(
              door.channel,
              PredictionServiceGrpc.getPredictMethod().getFullMethodName(),
              new Metadata(),
              messages);

      assertThat(end.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }
    assertThat(door.inference.requests).isEmpty();
  }

  @Test
  void aRefusal_bringsReasonModelAndRequestId() {
    door.inference.answer(
        r ->
            CompletableFuture.failedStage(
                ServingException.refusal(Reason.MODEL_QUEUE_FULL, "the queue of 'iris' is full")));

    Calls.End end = Calls.failed(() -> client.predict(request()));

    assertThat(end.code()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(end.message()).isEqualTo("the queue of 'iris' is full");
    assertThat(end.reason()).isEqualTo("MODEL_QUEUE_FULL");
    assertThat(end.info().orElseThrow().getMetadataMap())
        .containsEntry("model", "iris")
        .containsEntry("requestId", "call-7")
        .hasSize(2);
  }

  @Test
  void aRefusalThatIsThrown_isTheSameAsOneInTheStage() {
    door.inference.answer(
        r -> {
          throw ServingException.refusal(Reason.MODEL_NOT_FOUND, "there is no model 'iris'");
        });

    Calls.End end = Calls.failed(() -> client.predict(request()));

    assertThat(end.code()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(end.reason()).isEqualTo("MODEL_NOT_FOUND");
  }

  @Test
  void whatFailsUnexpectedly_isInternalWithAnErrorIdOnly() {
    door.inference.answer(
        r -> CompletableFuture.failedStage(new IllegalStateException("/opt/secret")));

    Calls.End end = Calls.failed(() -> client.predict(request()));

    assertThat(end.code()).isEqualTo(Status.Code.INTERNAL);
    assertThat(end.reason()).isEqualTo("INTERNAL_ERROR");
    assertThat(end.message()).doesNotContain("secret").doesNotContain("IllegalState");
    assertThat(end.info().orElseThrow().getMetadataMap()).containsKey("errorId");
  }

  @Test
  void anAnswerAboveTheLimit_isRefusedWithItsSize() {
    door.inference.answer(
        r ->
            CompletableFuture.completedStage(
                new InferenceResponse(
                    new ModelVersionId("iris", 3),
                    List.of(
                        new io.millrace.server.model.Tensor(
                            "y",
                            io.millrace.server.model.DataType.UINT8,
                            Shape.of(2 << 20),
                            ByteBuffer.allocate(2 << 20))))));

    Calls.End end = Calls.failed(() -> client.predict(request()));

    assertThat(end.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(end.message()).contains("2097152 bytes").contains("1048576");
  }

  @Test
  void theCallersDeadline_reachesTheModel() throws InterruptedException {
    long before = System.nanoTime();
    client.withDeadlineAfter(5, TimeUnit.SECONDS).predict(request());

    assertThat(remaining(before)).isBetween(3_000_000_000L, 6_000_000_000L);
  }

  @Test
  void noDeadlineOrAHugeOne_isBoundedByTheServer() throws InterruptedException {
    long before = System.nanoTime();
    client.predict(request());
    assertThat(remaining(before)).isBetween(29_000_000_000L, 60_000_000_000L);

    client.withDeadlineAfter(10, TimeUnit.DAYS).predict(request());
    assertThat(remaining(before)).isBetween(299_000_000_000L, 330_000_000_000L);
  }

  @Test
  void aCallWithoutADeadlineThatNobodyAnswers_isEndedByTheServer() throws Exception {
    GrpcOptions laptop = RunningDoor.laptop(0);
    GrpcOptions impatient =
        new GrpcOptions(
            laptop.host(),
            0,
            laptop.maxMessageBytes(),
            laptop.maxMemoryBytes(),
            laptop.maxMetadataBytes(),
            laptop.maxConcurrentCallsPerConnection(),
            true,
            "1",
            Duration.ofMillis(50),
            Duration.ofMillis(60));
    try (RunningDoor quick = new RunningDoor(impatient)) {
      quick.inference.answer(
          r -> {
            r.cancellation().whenOver(() -> {});
            return new CompletableFuture<>();
          });
      var stub = PredictionServiceGrpc.newBlockingStub(quick.channel);

      Calls.End unnamed = Calls.failed(() -> stub.predict(request()));
      Calls.End tooFar =
          Calls.failed(() -> stub.withDeadlineAfter(1, TimeUnit.DAYS).predict(request()));

      assertThat(unnamed.code()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      assertThat(unnamed.reason()).isEqualTo("DEADLINE_IN_ENGINE");
      assertThat(unnamed.message()).contains("50 ms");
      assertThat(tooFar.message()).contains("60 ms");
    }
  }

  private long remaining(long since) throws InterruptedException {
    InferenceRequest seen = door.inference.requests.poll(20, TimeUnit.SECONDS);
    return seen.deadlineNanos() - since;
  }

  @Test
  void aCallerThatCancels_isSeenByTheModelAndTheLateAnswerHurtsNobody() throws Exception {
    CompletableFuture<InferenceResponse> late = new CompletableFuture<>();
    door.inference.answer(r -> late);
    Context.CancellableContext caller = Context.current().withCancellation();
    caller.run(
        () -> {
          var unused = PredictionServiceGrpc.newFutureStub(door.channel).predict(request());
        });
    InferenceRequest seen = door.inference.requests.poll(20, TimeUnit.SECONDS);
    assertThat(seen.cancellation().isRequested()).isFalse();

    caller.cancel(null);
    Await.until(() -> seen.cancellation().isRequested());
    late.complete(FakeInference.echo(seen));

    door.inference.answer(r -> CompletableFuture.completedStage(FakeInference.echo(r)));
    assertThat(client.predict(request()).getId()).isEqualTo("call-7");
  }

  @Test
  void aDeadlineThatPasses_isDeadlineExceededAndTheModelSeesTheCallerGone() throws Exception {
    door.inference.answer(r -> new CompletableFuture<>());

    Calls.End end =
        Calls.failed(() -> client.withDeadlineAfter(50, TimeUnit.MILLISECONDS).predict(request()));

    assertThat(end.code()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    InferenceRequest seen = door.inference.requests.poll(20, TimeUnit.SECONDS);
    Await.until(() -> seen.cancellation().isRequested());
  }

  @Test
  void aVersion_isPassedOnAndNamedInErrors() throws Exception {
    PredictRequest.Builder versioned = request().toBuilder();
    versioned.getModelSpecBuilder().setVersion(9);
    door.inference.answer(
        r ->
            CompletableFuture.failedStage(
                ServingException.refusal(Reason.VERSION_NOT_FOUND, "no version 9")));

    Calls.End end = Calls.failed(() -> client.predict(versioned.build()));

    assertThat(door.inference.requests.take().version()).isEqualTo(new VersionSelector.ByNumber(9));
    assertThat(end.info().orElseThrow().getMetadataMap()).containsEntry("version", "9");
  }
}
