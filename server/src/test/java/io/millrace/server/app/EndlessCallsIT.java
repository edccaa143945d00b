package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.ManagedChannel;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.PredictionServiceGrpc.PredictionServiceFutureStub;
import io.millrace.v1.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls of a model whose cost depends on its input: from microseconds to for ever. */
final class EndlessCallsIT {
  private static final int MORE_THAN_INSTANCES_AND_LOOPS = 12;
  private static final int CALLS_AT_A_TIME = 500;

  @TempDir private Path repository;

  @Test
  void callsThatNeverEnd_holdUpNobodyAndEndWithTheirDeadlines() throws Exception {
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    try (OtlpReceiver traces = new OtlpReceiver();
        RunningServer server =
            RunningServer.launch(
                Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", traces.endpoint()), repository)) {
      server.awaitReady();
      ManagedChannel channel = server.channel();
      Calls.await(
          "the model to be known as a tiny one, which event loops run",
          () -> {
            for (int i = 0; i < CALLS_AT_A_TIME; i++) {
              assertThat(Calls.int64(Calls.predict(channel, steps(1)), "count", 0)).isEqualTo(1);
            }
            return traces.spans.stream().anyMatch(EndlessCallsIT::ranOnALoop);
          });
      PredictionServiceFutureStub hasty =
          PredictionServiceGrpc.newFutureStub(channel).withDeadlineAfter(3, TimeUnit.SECONDS);
      List<ListenableFuture<PredictResponse>> endless = new ArrayList<>();
      for (int i = 0; i < MORE_THAN_INSTANCES_AND_LOOPS; i++) {
        endless.add(hasty.predict(steps(Long.MAX_VALUE)));
      }

      int answered = 0;
      while (!endless.stream().allMatch(ListenableFuture::isDone)) {
        Calls.predict(channel, Calls.whichVersion("tiny"));
        answered++;
      }
      assertThat(answered).as("calls of another model meanwhile").isGreaterThan(10);

      // Also those that were ended on an event loop and went to the instances.
      Calls.await("the instances to be idle", () -> server.cpuShare() < 0.5);

      // Only if the endless runs have left the instances.
      for (int i = 0; i < MORE_THAN_INSTANCES_AND_LOOPS; i++) {
        assertThat(Calls.int64(Calls.predict(channel, steps(2)), "count", 0)).isEqualTo(2);
      }
    }
  }

  private static boolean ranOnALoop(OtlpReceiver.Received received) {
    return received.span().getAttributesList().stream()
        .anyMatch(
            attribute ->
                attribute.getKey().equals("inference.instance")
                    && attribute.getValue().getStringValue().startsWith("grpc-loop"));
  }

  private static PredictRequest steps(long steps) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("slow"))
        .addInputs(
            Tensor.newBuilder().setName("steps").setDtype(DataType.DT_INT64).addIntVal(steps))
        .build();
  }
}
