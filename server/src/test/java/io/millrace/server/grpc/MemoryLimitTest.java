package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Shape;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.PredictionServiceGrpc.PredictionServiceBlockingStub;
import io.millrace.v1.Tensor;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the messages of all calls take together is bounded, whatever their bytes turn into. */
class MemoryLimitTest {
  private static final String PREDICT = "millrace.v1.PredictionService/Predict";
  private static final int MIB = 1 << 20;

  /** One call may take 6 MiB of the 8, and no message is above 16 MiB. */
  private final RunningDoor door = new RunningDoor(RunningDoor.withMemory(16 * MIB, 8 * MIB));

  private final PredictionServiceBlockingStub client =
      PredictionServiceGrpc.newBlockingStub(door.channel).withMaxInboundMessageSize(16 * MIB);

  @AfterEach
  void close() {
    door.close();
  }

  private static PredictRequest request(int bytes) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("iris"))
        .addInputs(
            Tensor.newBuilder()
                .setName("x")
                .setDtype(DataType.DT_UINT8)
                .addShape(bytes)
                .setRaw(ByteString.copyFrom(new byte[bytes])))
        .build();
  }

  private Calls.End end(MessageLite request, CallOptions options) {
    return Calls.raw(door.channel, PREDICT, options, new Metadata(), request.toByteArray());
  }

  private static void assertTooLarge(Calls.End end) {
    assertThat(end.code()).as("%s", end).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(end.reason()).isEqualTo("MESSAGE_TOO_LARGE");
  }

  @Test
  void aSmallMessageThatBecomesLargeInMemory_isRefusedBeforeItDoes() {
    PredictRequest request =
        PredictRequest.newBuilder()
            .addAllInputs(Collections.nCopies(MIB / 2, Tensor.getDefaultInstance()))
            .build();

    assertTooLarge(end(request, CallOptions.DEFAULT));
    assertTooLarge(end(request, CallOptions.DEFAULT.withCompression("gzip")));
  }

  @Test
  void aMessageAboveTheMemoryOfOneCall_isRefusedWhileItArrives() {
    assertTooLarge(end(request(9 * MIB), CallOptions.DEFAULT));
    assertTooLarge(end(request(9 * MIB), CallOptions.DEFAULT.withCompression("gzip")));
  }

  @Test
  void aLargeCallBesideAnother_isRefusedWhileThatOneLastsAndSmallOnesGoOn() throws Exception {
    CompletableFuture<InferenceResponse> late = new CompletableFuture<>();
    door.inference.answer(
        r ->
            r.outputs().isEmpty() ? CompletableFuture.completedStage(FakeInference.echo(r)) : late);
    Future<PredictResponse> first =
        PredictionServiceGrpc.newFutureStub(door.channel)
            .predict(request(4 * MIB).toBuilder().addOutputFilter("y").build());
    assertThat(door.inference.requests.poll(20, TimeUnit.SECONDS)).isNotNull();

    Calls.End second = Calls.failed(() -> client.predict(request(4 * MIB)));
    assertThat(second.code()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(second.reason()).isEqualTo("SERVER_OVERLOADED");
    assertThat(client.predict(request(100)).getOutputsCount()).isEqualTo(1);

    late.complete(answer(10));
    assertThat(first.get(10, TimeUnit.SECONDS).getOutputsCount()).isEqualTo(1);
    assertThat(client.predict(request(4 * MIB)).getOutputsCount()).isEqualTo(1);
  }

  @Test
  void anAnswerAboveTheMemoryOfOneCall_isRefused() {
    door.inference.answer(r -> CompletableFuture.completedStage(answer(7 * MIB)));

    assertTooLarge(Calls.failed(() -> client.predict(request(10))));

    door.inference.answer(r -> CompletableFuture.completedStage(answer(3 * MIB)));
    assertThat(client.predict(request(10)).getOutputs(0).getRaw().size()).isEqualTo(3 * MIB);
  }

  @Test
  void manyCallsOneAfterTheOther_takeNothingThatStays() {
    for (int i = 0; i < 50; i++) {
      assertThat(client.predict(request(3 * MIB)).getOutputsCount()).isEqualTo(1);
      assertTooLarge(end(request(9 * MIB), CallOptions.DEFAULT));
    }
  }

  private static InferenceResponse answer(int bytes) {
    return new InferenceResponse(
        new ModelVersionId("iris", 1),
        List.of(
            new io.millrace.server.model.Tensor(
                "y",
                io.millrace.server.model.DataType.UINT8,
                Shape.of(bytes),
                ByteBuffer.allocate(bytes))));
  }
}
