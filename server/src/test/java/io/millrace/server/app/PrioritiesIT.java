package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.Value;
import io.grpc.ManagedChannel;
import io.grpc.Status;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a call's parameters do: who runs first, and who waits how long. */
final class PrioritiesIT {
  /** The model takes a second and more for the one, and some hundredths of one for the other. */
  private static final long LONG = 1_000_000;

  private static final long SHORT = 10_000;

  @TempDir private Path temp;
  private RunningServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() {
    // For each test anew: a model whose last runs were short would be served on the event loop.
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    Repositories.write(repository.resolve("slow/config.yaml"), "instances: {count: 1}\n");
    server = RunningServer.start(repository);
    channel = server.channel();
    // Calls leave in their order only once the channel is connected.
    Calls.awaitState(channel, "slow", 1, State.AVAILABLE);
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static PredictRequest.Builder steps(long steps) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("slow"))
        .addInputs(
            Tensor.newBuilder().setName("steps").setDtype(DataType.DT_INT64).addIntVal(steps));
  }

  private static PredictRequest with(String name, Value value, long steps) {
    return steps(steps).putParameters(name, value).build();
  }

  private static Value number(double value) {
    return Value.newBuilder().setNumberValue(value).build();
  }

  @Test
  void callsOfHighPriority_overtakeThoseThatWait() throws Exception {
    List<String> ended = new CopyOnWriteArrayList<>();
    List<ListenableFuture<PredictResponse>> calls = new ArrayList<>();
    calls.add(call("first", steps(LONG).build(), ended));
    calls.add(call("none", steps(SHORT).build(), ended));
    calls.add(call("default", with("priority", number(0), SHORT), ended));
    calls.add(call("normal", with("priority", number(2), SHORT), ended));
    calls.add(call("high", with("priority", number(1), SHORT), ended));
    calls.add(call("also high", with("priority", number(1), SHORT), ended));

    Futures.allAsList(calls).get(60, TimeUnit.SECONDS);

    // Answers to calls that run one right after the other may overtake each other on their way.
    assertThat(ended.get(0)).isEqualTo("first");
    assertThat(ended.subList(1, 3)).containsExactlyInAnyOrder("high", "also high");
    assertThat(ended.subList(3, 6)).containsExactlyInAnyOrder("none", "default", "normal");
  }

  private ListenableFuture<PredictResponse> call(
      String name, PredictRequest request, List<String> ended) {
    ListenableFuture<PredictResponse> call =
        PredictionServiceGrpc.newFutureStub(channel).predict(request);
    call.addListener(() -> ended.add(name), MoreExecutors.directExecutor());
    return call;
  }

  @Test
  void timeout_endsACallBeforeItsDeadlineAndFreesTheInstance() {
    for (int i = 0; i < 3; i++) {
      StatusRuntimeException refusal = refusal(with("timeout", number(100_000), Long.MAX_VALUE));
      assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    }

    assertThat(Calls.int64(Calls.predict(channel, steps(2).build()), "count", 0)).isEqualTo(2);
  }

  @Test
  void priorityThatIsNone_isRefusedWithWhatIsAllowed() {
    StatusRuntimeException refusal =
        refusal(with("priority", Value.newBuilder().setStringValue("urgent").build(), 1));

    assertThat(Calls.reason(refusal)).isEqualTo("PARAMETER_INVALID");
    assertThat(refusal.getStatus().getDescription())
        .startsWith("parameters.priority is 'urgent'; allowed: a whole number: 1 is high");
  }

  private StatusRuntimeException refusal(PredictRequest request) {
    return catchThrowableOfType(
        StatusRuntimeException.class, () -> Calls.predict(channel, request));
  }
}
