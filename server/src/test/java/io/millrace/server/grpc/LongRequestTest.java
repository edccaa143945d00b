package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.model.CallObserver;
import io.millrace.server.model.ServingException;
import io.millrace.tensorflow.DataType;
import io.millrace.tensorflow.serving.PredictionServiceGrpc;
import io.millrace.v1.PredictRequest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What takes long to read is read by a worker, so that its event loop goes on. */
final class LongRequestTest {
  private static final String PREDICT = "millrace.v1.PredictionService/Predict";
  private static final String MODEL_INFER = "inference.GRPCInferenceService/ModelInfer";
  private static final String STREAM = "inference.GRPCInferenceService/ModelStreamInfer";
  private static final int LONG = 70_000;
  private static final int SHORT = 100;

  private final RunningDoor door = new RunningDoor();
  private final AtomicReference<Boolean> ranOnLoop = new AtomicReference<>();
  private final AtomicReference<CallObserver> observer = new AtomicReference<>();

  /** What the workers of {@link #inferences} have to do, when the test has them do it. */
  private final Queue<Runnable> work = new ArrayDeque<>();

  private final FakeInference inference = new FakeInference();
  private final StreamedInference inferences =
      new StreamedInference(
          InferenceMethod.modelInfer(1 << 20),
          new InferenceDoor(
              inference,
              work::add,
              new Deadlines(Duration.ofSeconds(30), Duration.ofSeconds(300), System::nanoTime),
              1 << 20),
          new CallGuard(
              new StatusMapper(new Random(7)::nextLong),
              new FailureLog((message, failure) -> {}, System::nanoTime)));
  private final FakeStreamCall call = new FakeStreamCall(inferences.requests());

  @AfterEach
  void close() {
    door.close();
  }

  private void noteThreads() {
    door.inference.answer(
        request -> {
          ranOnLoop.set(GrpcServer.currentLoop().isPresent());
          observer.set(GrpcServer.currentCall());
          return CompletableFuture.completedStage(FakeInference.echo(request));
        });
  }

  /** A field that nobody knows, so that no plain reader takes the message. */
  private static UnknownFieldSet unknown(int bytes) {
    ByteString padding = ByteString.copyFrom(new byte[bytes]);
    return UnknownFieldSet.newBuilder()
        .addField(15, UnknownFieldSet.Field.newBuilder().addLengthDelimited(padding).build())
        .build();
  }

  private static ModelInferRequest infer(String id, int unknownBytes) {
    return StreamCaller.request(id).toBuilder().setUnknownFields(unknown(unknownBytes)).build();
  }

  private static PredictRequest predict(int unknownBytes) {
    return RecordedDoor.request("iris").toBuilder().setUnknownFields(unknown(unknownBytes)).build();
  }

  /** A field that claims to be longer than all that there is. */
  private static byte[] noMessage() {
    return Arrays.copyOf(new byte[] {0x0A, -1, -1, -1, 7}, LONG);
  }

  private Calls.End end(String method, Message... messages) {
    byte[][] bytes = new byte[messages.length][];
    for (int i = 0; i < messages.length; i++) {
      bytes[i] = messages[i].toByteArray();
    }
    return Calls.raw(door.channel, method, new Metadata(), bytes);
  }

  private Calls.End compressed(String method, String coding, Message message) {
    CallOptions options = CallOptions.DEFAULT.withCompression(coding);
    return Calls.raw(door.channel, method, options, new Metadata(), message.toByteArray());
  }

  private void assertRan(Calls.End end, boolean onLoop) {
    assertThat(end.code()).as("%s", end).isEqualTo(Status.Code.OK);
    assertThat(ranOnLoop.get()).isEqualTo(onLoop);
    assertThat(observer.get()).isNotEqualTo(CallObserver.NONE);
  }

  @Test
  void anUnusualRequest_isReadByAWorkerOnlyIfItIsLarge() {
    noteThreads();

    assertRan(end(PREDICT, predict(SHORT)), true);
    assertRan(end(PREDICT, predict(LONG)), false);
    assertRan(end(MODEL_INFER, infer("a", SHORT)), true);
    assertRan(end(MODEL_INFER, infer("a", LONG)), false);
    assertRan(end(STREAM, infer("a", SHORT)), true);
    assertRan(end(STREAM, infer("a", LONG)), false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void aCompressedRequest_isUnpackedByAWorkerOnlyIfItBecomesLarge(String coding) {
    noteThreads();
    ModelInferRequest large = StreamCaller.request("a", new byte[LONG * Float.BYTES]);
    assertThat(large.getSerializedSize()).isGreaterThan(LONG);

    for (String method : List.of(MODEL_INFER, STREAM)) {
      assertRan(compressed(method, coding, StreamCaller.request("a")), true);
      assertRan(compressed(method, coding, large), false);
    }
  }

  @Test
  void aLargeRequestInTheUsualForm_staysOnItsLoop() {
    noteThreads();
    ModelInferRequest large = StreamCaller.request("a", new byte[LONG * Float.BYTES]);

    assertRan(end(MODEL_INFER, large), true);
    assertRan(end(STREAM, large), true);
  }

  @ParameterizedTest
  @ValueSource(ints = {SHORT, LONG})
  void tensorFlowsRequests_areReadByAWorkerIfTheyAreLarge(int size) {
    door.catalog.with("iris", FakeCatalog.version("iris", 3, VersionState.READY));
    noteThreads();
    var request =
        io.millrace.tensorflow.serving.PredictRequest.newBuilder()
            .setModelSpec(io.millrace.tensorflow.serving.ModelSpec.newBuilder().setName("iris"))
            .putInputs(
                "x",
                TensorFlowSamples.tensor(DataType.DT_UINT8, size)
                    .setTensorContent(ByteString.copyFrom(new byte[size]))
                    .build());

    assertThat(
            PredictionServiceGrpc.newBlockingStub(door.channel)
                .predict(request.build())
                .getOutputsOrThrow("x")
                .getIntValCount())
        .isEqualTo(size);
    assertThat(ranOnLoop.get()).isEqualTo(size == SHORT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        PREDICT,
        MODEL_INFER,
        STREAM,
        "tensorflow.serving.PredictionService/Predict",
        "tensorflow.serving.PredictionService/Classify"
      })
  void largeBytesThatAreNoMessage_areRefusedInTheSameWordsAsFew(String method) {
    byte[] few = {0x0A, 100, 1, 2, 3};
    Calls.End expected = Calls.raw(door.channel, method, new Metadata(), few);
    Calls.End end = Calls.raw(door.channel, method, new Metadata(), noMessage());

    assertThat(end.code()).as("%s", end).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(end.message()).isEqualTo(expected.message()).contains("no message of this method");
  }

  @Test
  void aSecondMessageBehindALongOne_isRefused() {
    Calls.End end = end(PREDICT, predict(LONG), predict(SHORT));

    assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(end.message()).contains("more than one request message");
    assertThat(door.inference.requests).isEmpty();
  }

  private InferenceCall taken(Message message) {
    InferenceCall taken = new InferenceCall(call, inferences.method(), inferences.door());
    taken.onMessage(WholeMessage.of(message));
    return taken;
  }

  private void work() {
    work.remove().run();
  }

  @Test
  void aLongRequest_isReadWhenTheWorkerComesToIt() {
    InferenceCall one = taken(infer("a", LONG));
    assertThat(work).isEmpty();
    one.onHalfClose();
    assertThat(inference.requests).isEmpty();

    work();

    assertThat(inference.requests).hasSize(1);
    assertThat(call.end).isDone();
  }

  @Test
  void aLongRequestThatIsCancelledMeanwhile_isNotReadAtAll() {
    InferenceCall one = taken(infer("a", LONG));
    one.onHalfClose();
    call.isCancelled = true;
    one.onCancel();

    work();

    assertThat(one.isRead()).isFalse();
    assertThat(inference.requests).isEmpty();
    assertThat(call.end).isNotDone();
  }

  @Test
  void theMemoryOfALongRequest_isTakenFromItsOwnCall() throws Exception {
    MessageMemory.Share share = new MessageMemory(1 << 20).open();
    Context.current()
        .withValue(MessageMemory.SHARE, share)
        .call(
            () -> {
              taken(infer("a", LONG)).onHalfClose();
              return null;
            });

    work();

    assertThat(share.bytes()).isGreaterThan(LONG);
  }

  @Test
  void aLongRequestThatFindsNoMemory_isRefusedAsAShortOne() throws Exception {
    ModelInferRequest many =
        StreamCaller.request("a").toBuilder()
            .addAllRawInputContents(Collections.nCopies(LONG, ByteString.EMPTY))
            .build();
    Context.current()
        .withValue(MessageMemory.SHARE, new MessageMemory(1 << 20).open())
        .call(
            () -> {
              taken(many).onHalfClose();
              return null;
            });

    work();

    assertThat(call.end.join().getCause())
        .isInstanceOfSatisfying(
            ServingException.class,
            e -> assertThat(e.reason().name()).isEqualTo("MESSAGE_TOO_LARGE"));
    assertThat(inference.requests).isEmpty();
  }

  @Test
  void aLongRequestWhoseCallEndsBeforeItIsRead_countsUntilThen_andFindsNoMoreMemoryThanOthers()
      throws Exception {
    MessageMemory memory = new MessageMemory(1 << 20);
    MessageMemory.Share share = memory.open();
    ModelInferRequest many =
        StreamCaller.request("a").toBuilder()
            .addAllRawInputContents(Collections.nCopies(LONG, ByteString.EMPTY))
            .build();
    share.grow(LONG);
    Context.current()
        .withValue(MessageMemory.SHARE, share)
        .call(
            () -> {
              taken(many).onHalfClose();
              return null;
            });

    share.close();
    assertThat(memory.used()).isEqualTo(LONG);
    work();

    assertThat(call.end.join().getCause()).hasMessageContaining("of memory");
    assertThat(memory.used()).isZero();
  }

  @Test
  void anAnsweredCall_keepsNothingOfItsRequest() {
    AtomicBoolean hasGone = new AtomicBoolean();
    inference.answer(
        request -> {
          request.cancellation().whenOver(() -> hasGone.set(true));
          return CompletableFuture.completedStage(FakeInference.echo(request));
        });
    InferenceCall one = taken(infer("a", SHORT));

    one.onHalfClose();
    assertThat(one.isRead()).isFalse();

    one.onComplete();
    assertThat(hasGone).isFalse();
  }

  private InferenceStream stream() {
    InferenceStream stream = new InferenceStream(call, inferences, false);
    stream.askForNext();
    return stream;
  }

  @Test
  void whileALongRequestOfAStreamIsRead_noOtherIsAskedForAndTheStreamGoesOn() {
    InferenceStream stream = stream();
    assertThat(call.requested.getAndSet(0)).isEqualTo(1);

    stream.onMessage(WholeMessage.of(infer("long", LONG)));
    stream.onReady();
    stream.onHalfClose();
    assertThat(call.requested).hasValue(0);
    assertThat(call.end).isNotDone();
    work();

    assertThat(call.sent).containsExactly("long");
    assertThat(call.requested).hasPositiveValue();
    assertThat(call.end.join().isOk()).isTrue();
  }

  @Test
  void answersToLongRequestsOfAStream_comeInTheirOrder() {
    ArrayDeque<Held> held = new ArrayDeque<>();
    Held.all(inference, held);
    InferenceStream stream = stream();
    stream.onMessage(WholeMessage.of(infer("a", SHORT)));
    stream.onMessage(WholeMessage.of(infer("b", LONG)));
    work();
    stream.onMessage(WholeMessage.of(infer("c", SHORT)));

    held.removeLast().complete();
    held.removeLast().complete();
    assertThat(call.sent).isEmpty();
    held.removeLast().complete();

    assertThat(call.sent).containsExactly("a", "b", "c");
  }

  @Test
  void aStreamThatIsOver_hasNoLongRequestRead() {
    InferenceStream stream = stream();
    stream.onMessage(WholeMessage.of(infer("a", LONG)));
    stream.onCancel();

    work();

    assertThat(inference.requests).isEmpty();
    assertThat(call.sent).isEmpty();
  }

  @Test
  void aLongMessageOfAStreamThatIsNone_endsIt() {
    InferenceStream stream = stream();
    stream.onMessage(new WholeMessage(noMessage()));
    assertThat(call.end).isNotDone();

    work();

    assertThat(call.end.join().getCause())
        .isInstanceOfSatisfying(
            ServingException.class,
            e -> assertThat(e.reason().name()).isEqualTo("REQUEST_MALFORMED"));
    stream.onHalfClose();
    assertThat(call.sent).isEmpty();
  }
}
