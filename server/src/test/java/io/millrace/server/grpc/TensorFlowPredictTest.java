package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Int64Value;
import io.grpc.Status;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import io.millrace.tensorflow.DataType;
import io.millrace.tensorflow.serving.ModelSpec;
import io.millrace.tensorflow.serving.PredictRequest;
import io.millrace.tensorflow.serving.PredictResponse;
import io.millrace.tensorflow.serving.PredictionServiceGrpc;
import io.millrace.tensorflow.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TensorFlow Serving's Predict on the port. */
final class TensorFlowPredictTest {
  private static final int MIB = 1 << 20;

  /** One call may take 6 MiB of memory, and no message is above 16 MiB. */
  private final RunningDoor door = new RunningDoor(RunningDoor.withMemory(16 * MIB, 8 * MIB));

  private final PredictionServiceBlockingStub client =
      PredictionServiceGrpc.newBlockingStub(door.channel);

  @BeforeEach
  void serveIris() {
    door.catalog.with("iris", FakeCatalog.version("iris", 3, VersionState.READY));
    door.catalog.signature =
        new Signature(
            List.of(TensorSpec.of("x", io.millrace.server.model.DataType.UINT8, -1)),
            FakeCatalog.SIGNATURE.outputs());
  }

  @AfterEach
  void close() {
    door.close();
  }

  private static ModelSpec.Builder iris() {
    return ModelSpec.newBuilder().setName("iris");
  }

  private static PredictRequest request(int size) {
    return PredictRequest.newBuilder()
        .setModelSpec(iris())
        .putInputs("x", TensorFlowSamples.tensor(DataType.DT_UINT8, size).addIntVal(7).build())
        .build();
  }

  @Test
  void aPrediction_isAnsweredByTheSameCallAsAnyOther() {
    PredictResponse response = client.predict(request(3));

    assertThat(response.getModelSpec())
        .isEqualTo(iris().setVersion(Int64Value.of(3)).setSignatureName("serving_default").build());
    assertThat(response.getOutputsOrThrow("x").getIntValList()).containsExactly(7, 7, 7);
    assertThat(door.inference.requests).hasSize(1);
  }

  @Test
  void aRefusal_hasCodeReasonAndSubject() {
    door.inference.answer(
        r ->
            CompletableFuture.failedStage(
                ServingException.refusal(Reason.MODEL_QUEUE_FULL, "the queue of 'iris' is full")));

    Calls.End end = Calls.failed(() -> client.predict(request(1)));

    assertThat(end.code()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(end.reason()).isEqualTo("MODEL_QUEUE_FULL");
    assertThat(end.info().orElseThrow().getMetadataMap()).containsEntry("model", "iris");
  }

  @Test
  void aTinyRequestForMoreMemoryThanACallMayTake_isRefusedAndNothingStays() {
    for (int i = 0; i < 50; i++) {
      Calls.End end = Calls.failed(() -> client.predict(request(7 * MIB)));

      assertThat(end.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(end.reason()).isEqualTo("MESSAGE_TOO_LARGE");
    }
    assertThat(door.inference.requests).isEmpty();
    assertThat(client.predict(request(MIB)).getOutputsOrThrow("x").getIntValCount()).isEqualTo(MIB);
  }

  @Test
  void aTinyRequestForMuch_ofAModelThatThereIsNot_isToldSo() {
    PredictRequest.Builder request = request(MIB).toBuilder();
    request.getModelSpecBuilder().setName("nosuch");

    Calls.End end = Calls.failed(() -> client.predict(request.build()));

    assertThat(end.reason()).isEqualTo("MODEL_NOT_FOUND");
    assertThat(end.message()).contains("ListModels names those there are");
  }

  @ParameterizedTest
  @CsvSource({"1000, true", "1000000, false"})
  void valuesOfASmallRequest_areMadeOnTheEventLoopOnlyIfTheyAreFew(int size, boolean onLoop)
      throws Exception {
    BlockingQueue<Boolean> loops = new LinkedBlockingQueue<>();
    door.inference.answer(
        request -> {
          loops.add(GrpcServer.currentLoop().isPresent());
          return CompletableFuture.completedStage(FakeInference.echo(request));
        });

    assertThat(client.predict(request(size)).getOutputsOrThrow("x").getIntValCount())
        .isEqualTo(size);

    assertThat(loops.take()).isEqualTo(onLoop);
  }
}
