package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.millrace.openinference.ModelStreamInferResponse;
import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How much a stream holds, of requests and of answers. */
final class InferenceStreamRoomTest {
  private static final int MIB = 1 << 20;

  /** What a stream may run before it knows how large its answers are. */
  private static final int AT_FIRST = 16;

  private RunningDoor door = new RunningDoor(RunningDoor.withMemory(4 * MIB, 64 * MIB));
  private final ConcurrentLinkedDeque<Held> held = new ConcurrentLinkedDeque<>();

  @AfterEach
  void close() {
    door.close();
  }

  private void holdRequests() {
    Held.all(door.inference, held);
  }

  private void awaitHeld(int count) {
    Await.until(() -> held.size() == count);
  }

  private StreamCaller open() {
    return StreamCaller.open(door.channel);
  }

  /**
   * Waits until all that was sent has arrived: this goes on the same connection, and its end needs
   * no room there.
   */
  private void settle() {
    Calls.End end = Calls.raw(door.channel, "no.Such/Method", new Metadata());
    assertThat(end.code()).isEqualTo(Status.Code.UNIMPLEMENTED);
  }

  private static void send(StreamCaller caller, int count, byte[] floats) {
    IntStream.range(0, count).forEach(i -> caller.send(StreamCaller.request("r" + i, floats)));
  }

  /** Answers what is held, one by one, and counts it. */
  private void answer(StreamCaller caller, int count) {
    for (int i = 0; i < count; i++) {
      Await.until(() -> !held.isEmpty());
      held.removeFirst().complete();
      assertThat(caller.id()).isEqualTo("r" + i);
    }
  }

  /** From now on each request has an answer of so many bytes at once. */
  private void answerWith(int bytes) {
    door.inference.answer(
        request -> {
          Tensor large =
              new Tensor("y", DataType.UINT8, Shape.of(bytes), ByteBuffer.allocate(bytes));
          return CompletableFuture.completedStage(
              new InferenceResponse(new ModelVersionId("iris", 3), List.of(large)));
        });
  }

  @Test
  void moreThanTheStreamMayHold_isNotReadUntilAnswersLeave() {
    holdRequests();
    StreamCaller caller = open();
    int sent = 3 * InferenceStream.MAX_REQUESTS;
    send(caller, AT_FIRST, new byte[Float.BYTES]);
    answer(caller, AT_FIRST);
    send(caller, sent, new byte[Float.BYTES]);
    caller.finish();
    awaitHeld(InferenceStream.MAX_REQUESTS);
    settle();

    assertThat(held.size()).isEqualTo(InferenceStream.MAX_REQUESTS);

    answer(caller, sent);
    assertThat(caller.end().code()).isEqualTo(Status.Code.OK);
  }

  @Test
  void untilTheFirstAnswersTellHowLargeTheyAre_fewRequestsAreRead() {
    holdRequests();
    StreamCaller caller = open();
    send(caller, InferenceStream.MAX_REQUESTS, new byte[Float.BYTES]);
    caller.finish();
    awaitHeld(AT_FIRST);
    settle();

    assertThat(held.size()).isEqualTo(AT_FIRST);

    answer(caller, InferenceStream.MAX_REQUESTS);
    assertThat(caller.end().code()).isEqualTo(Status.Code.OK);
  }

  @Test
  void largeAnswersThatNobodyReads_holdUpTheRequestsBehindThem() {
    answerWith(2 * MIB);
    // With their answers more than the memory of all calls.
    int sent = 40;
    StreamCaller caller = StreamCaller.openUnread(door.channel);
    send(caller, sent, new byte[Float.BYTES]);
    caller.finish();
    int full = (int) (InferenceStream.MAX_BYTES / (2 * MIB));
    Await.until(() -> door.inference.requests.size() >= full);
    settle();

    // The transport may take one off the stream's hands.
    assertThat(door.inference.requests).hasSizeBetween(full, full + 1);

    answersAnother();
    caller.read(sent);
    for (int i = 0; i < sent; i++) {
      ModelStreamInferResponse answer = caller.answer();
      assertThat(answer.getErrorMessage()).isEmpty();
      assertThat(answer.getInferResponse().getId()).isEqualTo("r" + i);
    }
    assertThat(caller.end().code()).isEqualTo(Status.Code.OK);
  }

  /** On a connection of its own, as the other's is full of answers. */
  private void answersAnother() {
    ManagedChannel own =
        NettyChannelBuilder.forAddress("127.0.0.1", door.server.port()).usePlaintext().build();
    StreamCaller other = StreamCaller.open(own);
    other.send(StreamCaller.request("other", new byte[2 * MIB])).finish();
    assertThat(other.answer().getErrorMessage()).isEmpty();
    assertThat(other.end().code()).isEqualTo(Status.Code.OK);
    own.shutdownNow();
  }

  @Test
  void largeRequests_areHeldUpAndNotRefused() {
    holdRequests();
    StreamCaller caller = open();
    byte[] large = new byte[2 * MIB];
    // More than the memory of all calls.
    int sent = 40;
    send(caller, sent, large);
    caller.finish();
    awaitHeld((int) (InferenceStream.MAX_BYTES / large.length));

    for (int i = 0; i < sent; i++) {
      Await.until(() -> !held.isEmpty());
      assertThat(held.size()).isLessThanOrEqualTo(8);
      held.removeFirst().complete();
      assertThat(caller.id()).isEqualTo("r" + i);
    }
    assertThat(caller.end().code()).isEqualTo(Status.Code.OK);
  }

  @Test
  void messages_countAsMemoryUntilTheyAreAnswered() {
    door.close();
    door = new RunningDoor(RunningDoor.withMemory(1 * MIB, 4 * MIB));
    byte[] large = new byte[900 << 10];
    StreamCaller patient = open();
    for (int i = 0; i < 20; i++) {
      patient.send(StreamCaller.request("r" + i, large));
      assertThat(patient.answer().getErrorMessage()).isEmpty();
    }
    holdRequests();
    StreamCaller hasty = open();
    send(hasty, 5, large);

    assertThat(hasty.end().reason()).isEqualTo("SERVER_OVERLOADED");
    assertThat(held.size()).isBetween(1, 4);
    held.forEach(Held::complete);
    door.inference.answer(request -> CompletableFuture.completedStage(FakeInference.echo(request)));
    Await.until(
        () -> {
          StreamCaller again = open().send(StreamCaller.request("again", large)).finish();
          return again.end().code() == Status.Code.OK;
        });
  }
}
