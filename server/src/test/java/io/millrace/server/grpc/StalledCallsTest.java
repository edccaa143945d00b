package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.PredictionServiceGrpc.PredictionServiceBlockingStub;
import io.millrace.v1.Tensor;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Callers who do not go on do not keep the memory that others need. */
final class StalledCallsTest {
  @RegisterExtension
  static final OpenTelemetryExtension telemetry = OpenTelemetryExtension.create();

  private static final int KIB = 1 << 10;

  /** Two of these leave no room for a third. */
  private static final int LARGE = 400 * KIB;

  private RunningDoor door;
  private PredictionServiceBlockingStub others;

  /** Its connection takes little that nobody reads. */
  private ManagedChannel slow;

  @BeforeEach
  void open() {
    door =
        new RunningDoor(
            RunningDoor.withPatience(1_000 * KIB, Duration.ofMillis(100)),
            telemetry.getOpenTelemetry());
    others = PredictionServiceGrpc.newBlockingStub(door.channel);
    slow =
        NettyChannelBuilder.forAddress("127.0.0.1", door.server.port())
            .flowControlWindow(64 * KIB)
            .usePlaintext()
            .build();
  }

  @AfterEach
  void close() {
    slow.shutdownNow();
    door.close();
  }

  private static PredictRequest request() {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("iris"))
        .addInputs(
            Tensor.newBuilder()
                .setName("x")
                .setDtype(DataType.DT_UINT8)
                .addShape(LARGE)
                .setRaw(ByteString.copyFrom(new byte[LARGE])))
        .build();
  }

  /** A call that is begun, and that its caller does not read until it is told to. */
  private SlowCall begin(boolean sendsAll) {
    CompletableFuture<Status> end = new CompletableFuture<>();
    ClientCall<PredictRequest, PredictResponse> call =
        slow.newCall(PredictionServiceGrpc.getPredictMethod(), CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            end.complete(status);
          }
        },
        new Metadata());
    call.sendMessage(request());
    if (sendsAll) {
      call.halfClose();
    }
    return new SlowCall(call, end);
  }

  private record SlowCall(ClientCall<?, ?> call, CompletableFuture<Status> end) {
    /** A client learns of the end behind what it has not read. */
    Status read() throws Exception {
      call.request(1);
      return end.get(20, TimeUnit.SECONDS);
    }
  }

  private boolean othersAreAnswered() {
    try {
      return others.predict(request()).getOutputsCount() == 1;
    } catch (StatusRuntimeException refused) {
      assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      return false;
    }
  }

  private static Stream<LongPointData> points(String metric) {
    return telemetry.getMetrics().stream()
        .filter(data -> data.getName().equals(metric))
        .flatMap(data -> data.getLongSumData().getPoints().stream());
  }

  /** Two large messages are there, and so no room for a third. */
  private static void awaitShortMemory() {
    Await.until(
        () ->
            points("millrace.message.memory.used").anyMatch(used -> used.getValue() >= 2 * LARGE));
  }

  private static long countRefusals() {
    return points("millrace.inference.failures")
        .filter(point -> point.getAttributes().toString().contains("SERVER_OVERLOADED"))
        .mapToLong(LongPointData::getValue)
        .sum();
  }

  @Test
  void answersThatNobodyReads_areGivenUpWhenOthersNeedTheirMemory() throws Exception {
    List<SlowCall> unread = List.of(begin(true), begin(true));
    Await.until(() -> door.inference.requests.size() == 2);
    awaitShortMemory();

    AtomicInteger refused = new AtomicInteger();
    Await.until(() -> othersAreAnswered() || refused.incrementAndGet() < 0);

    for (SlowCall each : unread) {
      assertThat(each.read().getCode()).isEqualTo(Status.Code.CANCELLED);
    }
    Await.until(() -> countRefusals() == refused.get() + 2);
  }

  @Test
  void requestsThatDoNotCome_areRefusedWhenOthersNeedTheirMemory() throws Exception {
    List<SlowCall> halves = List.of(begin(false), begin(false));
    awaitShortMemory();

    for (SlowCall each : halves) {
      Await.until(
          () -> {
            othersAreAnswered();
            return each.end().isDone();
          });
      Status end = each.end().get();
      assertThat(end.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(end.getDescription()).contains("its request did not come");
    }
    Await.until(this::othersAreAnswered);
  }

  @Test
  void aStreamWhoseAnswersNobodyReads_isGivenUpWhenOthersNeedItsMemory() {
    StreamCaller stream = StreamCaller.openUnread(slow);
    for (int i = 0; i < 8; i++) {
      stream.send(StreamCaller.request("a", new byte[LARGE / 4]));
    }
    Await.until(() -> door.inference.requests.size() == 8);
    awaitShortMemory();

    Await.until(this::othersAreAnswered);

    stream.read(8);
    assertThat(stream.end().code()).isEqualTo(Status.Code.CANCELLED);
  }
}
