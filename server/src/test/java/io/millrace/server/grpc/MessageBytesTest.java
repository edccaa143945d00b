package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Value;
import io.grpc.HasByteBuffer;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.Status;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Priority;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.PredictionServiceGrpc.PredictionServiceBlockingStub;
import io.millrace.v1.Tensor;
import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large requests come in native memory, which is given back however their calls end. */
class MessageBytesTest {
  private static final int LARGE = 600_064;
  private static final int LARGEST = 5_000_001;

  private final RunningDoor door = new RunningDoor();
  private final PredictionServiceBlockingStub client =
      PredictionServiceGrpc.newBlockingStub(door.channel)
          .withMaxInboundMessageSize(LARGEST + 1_000);
  private final long before = held();

  /** How many buffers are in use. */
  private static long held() {
    return PooledByteBufAllocator.DEFAULT.metric().directArenas().stream()
        .mapToLong(PoolArenaMetric::numActiveAllocations)
        .sum();
  }

  private void assertGivenBack() {
    Await.until(() -> held() == before);
  }

  @AfterEach
  void close() {
    door.close();
  }

  private static PredictRequest request(int bytes) {
    byte[] values = new byte[bytes];
    new Random(bytes).nextBytes(values);
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("iris"))
        .addInputs(
            Tensor.newBuilder()
                .setName("x")
                .setDtype(DataType.DT_UINT8)
                .addShape(bytes)
                .setRaw(ByteString.copyFrom(values)))
        .build();
  }

  private void assertEchoed(PredictRequest request) {
    assertThat(client.predict(request).getOutputs(0).getRaw())
        .isEqualTo(request.getInputs(0).getRaw());
  }

  private ByteBuffer asked() throws InterruptedException {
    var request = door.inference.requests.poll(20, TimeUnit.SECONDS);
    assertThat(request).isNotNull();
    return request.inputs().get(0).data();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_000, 65_536, LARGE, LARGEST})
  void everySize_arrivesWhole(int bytes) {
    for (int i = 0; i < 5; i++) {
      assertEchoed(request(bytes));
    }
    assertGivenBack();
  }

  /** As HTTP/2 allows anywhere. */
  @Test
  void emptyFramesInsideOfAMessage_areNotItsEnd() throws Exception {
    byte[] message = request(LARGE).toByteArray();
    InputStream stream = new Frames(message);
    assertThat(MessageBytes.isLargeAndWhole(stream)).isTrue();

    MessageBytes bytes = MessageBytes.read(stream);

    assertThat(bytes.toArray()).isEqualTo(message);
    bytes.release();
    assertGivenBack();
  }

  @Test
  void valuesOfALargeTensor_standAlignedInNativeMemory() throws Exception {
    CompletableFuture<InferenceResponse> late = new CompletableFuture<>();
    door.inference.answer(r -> late);
    var answer = PredictionServiceGrpc.newFutureStub(door.channel).predict(request(LARGE));

    ByteBuffer values = asked();
    assertThat(values.isDirect()).isTrue();
    assertThat(values.alignmentOffset(0, 64)).isZero();
    assertThat(held()).isEqualTo(before + 1);

    late.completeExceptionally(ServingException.refusal(Reason.ENGINE_ERROR, "no"));
    assertThat(Calls.failed(() -> get(answer)).reason()).isEqualTo("ENGINE_ERROR");
    assertGivenBack();
  }

  private static PredictResponse get(Future<PredictResponse> answer) throws Exception {
    try {
      return answer.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** Its parameter is for the generated classes, and its length for a worker. */
  private static PredictRequest urgent() {
    return request(LARGE).toBuilder()
        .putParameters("priority", Value.newBuilder().setNumberValue(1).build())
        .build();
  }

  @Test
  void whatAWorkerCannotRead_givesItsMemoryBack() {
    byte[] message = urgent().toByteArray();

    Calls.End end =
        Calls.raw(
            door.channel,
            "millrace.v1.PredictionService/Predict",
            new Metadata(),
            Arrays.copyOf(message, message.length - 1));

    assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
    assertGivenBack();
  }

  @Test
  void aCallThatItsCallerLeavesBeforeAWorkerReadsIt_givesItsMemoryBack() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    door.inference.answer(request -> echoAfter(go, request));
    int workers = Runtime.getRuntime().availableProcessors();
    List<Future<PredictResponse>> busy = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      busy.add(PredictionServiceGrpc.newFutureStub(door.channel).predict(urgent()));
    }
    Await.until(() -> door.inference.requests.size() == workers);
    var left = PredictionServiceGrpc.newFutureStub(door.channel).predict(urgent());
    Await.until(() -> held() == before + 1);

    left.cancel(true);
    // The loop is past the cancel once it has answered another call.
    assertEchoed(request(10));
    go.countDown();

    assertGivenBack();
    for (Future<PredictResponse> each : busy) {
      assertThat(get(each).getOutputsCount()).isEqualTo(1);
    }
    assertThat(door.inference.requests).hasSize(workers + 1);
  }

  private static CompletionStage<InferenceResponse> echoAfter(
      CountDownLatch go, InferenceRequest request) {
    try {
      if (request.priority() == Priority.HIGH) {
        go.await();
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return CompletableFuture.completedStage(FakeInference.echo(request));
  }

  @Test
  void whatTheGeneratedClassesRead_isNotHeldTwice() throws Exception {
    assertEchoed(urgent());
    assertThat(asked().isDirect()).isFalse();
    assertGivenBack();
  }

  @Test
  void whatOnlyTheGeneratedClassesRead_comesToTheHeapAtOnce() throws Exception {
    byte[] message = request(LARGE).toByteArray();

    MessageBytes bytes =
        InferenceMethod.tensorFlowPredict(door.catalog, LARGEST).bytes(new Frames(message));

    assertThat(bytes.view().isDirect()).isFalse();
    assertThat(bytes.toArray()).isEqualTo(message).isSameAs(bytes.toArray());
  }

  @Test
  void aCallThatItsCallerLeaves_keepsItsValuesUntilTheRunHasEnded() throws Exception {
    CompletableFuture<InferenceResponse> late = new CompletableFuture<>();
    door.inference.answer(r -> late);
    PredictRequest request = request(LARGE);
    var answer = PredictionServiceGrpc.newFutureStub(door.channel).predict(request);
    var inRun = door.inference.requests.poll(20, TimeUnit.SECONDS);
    assertThat(inRun).isNotNull();

    answer.cancel(true);
    Await.until(() -> inRun.cancellation().isRequested());
    // The loop is past the cancel once it has answered another call.
    door.inference.answer(r -> CompletableFuture.completedStage(FakeInference.echo(r)));
    assertEchoed(request(10));

    assertThat(held()).isEqualTo(before + 1);
    assertThat(inRun.inputs().get(0).data())
        .isEqualTo(request.getInputs(0).getRaw().asReadOnlyByteBuffer());
    late.complete(FakeInference.echo(inRun));
    assertGivenBack();
  }

  @Test
  void twoMessagesInACall_giveTheirMemoryBack() {
    byte[] message = request(LARGE).toByteArray();

    Calls.End end =
        Calls.raw(
            door.channel,
            "millrace.v1.PredictionService/Predict",
            new Metadata(),
            message,
            message);

    assertThat(end.code()).isNotEqualTo(Status.Code.OK);
    assertThat(door.inference.requests).isEmpty();
    assertGivenBack();
  }

  @Test
  void aModelThatThrows_givesTheMemoryBack() {
    door.inference.answer(
        r -> {
          throw new IllegalStateException("boom");
        });

    assertThat(Calls.failed(() -> client.predict(request(LARGE))).code())
        .isEqualTo(Status.Code.INTERNAL);
    assertGivenBack();
  }

  /** A message as gRPC hands it over: an empty frame at the front stays there until a read. */
  private static final class Frames extends InputStream implements KnownLength, HasByteBuffer {
    private final Deque<ByteBuffer> frames = new ArrayDeque<>();

    Frames(byte[] message) {
      for (int from = 0; from < message.length; from += 50_000) {
        int size = Math.min(50_000, message.length - from);
        frames.add(ByteBuffer.allocate(0));
        frames.add(ByteBuffer.wrap(message, from, size));
        frames.add(ByteBuffer.allocate(0));
      }
    }

    @Override
    public int available() {
      return frames.stream().mapToInt(ByteBuffer::remaining).sum();
    }

    @Override
    public boolean byteBufferSupported() {
      return true;
    }

    @Override
    public ByteBuffer getByteBuffer() {
      return frames.element().slice();
    }

    @Override
    public int read() {
      while (!frames.isEmpty() && !frames.element().hasRemaining()) {
        frames.remove();
      }
      return frames.isEmpty() ? -1 : frames.element().get() & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      return super.read(bytes, offset, length);
    }

    @Override
    public long skip(long count) {
      ByteBuffer first = frames.element();
      first.position(first.position() + (int) count);
      return count;
    }
  }
}
