package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.State;
import io.millrace.v1.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model whose queue holds one call: by number, and by the bytes of its inputs. */
final class QueueBoundsIT {
  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private static final int CALLS = 12;

  /** They take the model most of a second. */
  private static final long STEPS = 200_000;

  @TempDir private Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"max_queue_size: 1", "max_queue_bytes: 8B"})
  void callThatFindsTheQueueFull_isToldToComeBackAndTheOthersAreAnswered(String bound)
      throws InterruptedException {
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    Repositories.write(
        repository.resolve("slow/config.yaml"),
        "instances: {count: 1}\nbatching: {%s}\n".formatted(bound));
    try (RunningServer server = RunningServer.start(repository)) {
      ManagedChannel channel = server.channel();
      Calls.awaitState(channel, "slow", 1, State.AVAILABLE);
      List<ListenableFuture<PredictResponse>> calls = new ArrayList<>();
      for (int i = 0; i < CALLS; i++) {
        calls.add(PredictionServiceGrpc.newFutureStub(channel).predict(steps()));
      }

      int answered = 0;
      for (ListenableFuture<PredictResponse> call : calls) {
        answered += isAnswered(call) ? 1 : 0;
      }
      assertThat(answered).as("one that runs, one that waits").isBetween(1, 2);
    }
  }

  /** Whether it was; if not, it was refused as it should be. */
  private static boolean isAnswered(ListenableFuture<PredictResponse> call)
      throws InterruptedException {
    try {
      return Calls.int64(call.get(), "count", 0) == STEPS;
    } catch (ExecutionException e) {
      StatusRuntimeException refusal =
          (StatusRuntimeException) Objects.requireNonNull(e.getCause());
      assertThat(Calls.reason(refusal)).isEqualTo("MODEL_QUEUE_FULL");
      Metadata trailers = Objects.requireNonNull(refusal.getTrailers());
      assertThat(trailers.get(PUSHBACK)).matches("[0-9]+");
      return false;
    }
  }

  private static PredictRequest steps() {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("slow"))
        .addInputs(
            Tensor.newBuilder().setName("steps").setDtype(DataType.DT_INT64).addIntVal(STEPS))
        .build();
  }
}
