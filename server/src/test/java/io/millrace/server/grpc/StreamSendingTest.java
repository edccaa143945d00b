package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a stream sends its answers, without a transport. */
final class StreamSendingTest {
  private final FakeInference inference = new FakeInference();
  private final ConcurrentLinkedDeque<Held> held = new ConcurrentLinkedDeque<>();
  private final StreamedInference method =
      new StreamedInference(
          InferenceMethod.modelInfer(1 << 20),
          new InferenceDoor(
              inference,
              Runnable::run,
              new Deadlines(Duration.ofSeconds(30), Duration.ofSeconds(300), System::nanoTime),
              1 << 20),
          new CallGuard(
              new StatusMapper(new Random(7)::nextLong),
              new FailureLog((message, failure) -> {}, System::nanoTime)));
  private final FakeStreamCall call = new FakeStreamCall(method.requests());
  private final InferenceStream stream = new InferenceStream(call, method, false);

  /** Of our own: where there are two cores, those that all share may be a single one. */
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void endThreads() {
    threads.shutdownNow();
  }

  /** Has the stream read so many requests, which the model holds. */
  private void read(int count) {
    Held.all(inference, held);
    stream.askForNext();
    for (int i = 0; i < count; i++) {
      assertThat(call.requested.getAndDecrement()).isPositive();
      stream.onMessage(message("r" + i));
    }
  }

  private static WholeMessage message(String id) {
    return WholeMessage.of(StreamCaller.request(id));
  }

  private static List<String> ids(int count) {
    return IntStream.range(0, count).mapToObj(i -> "r" + i).toList();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits for what would wait for ever if the stream's lock were held. */
  private static void join(CompletableFuture<?> future) {
    future.orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Test
  void whileAnAnswerIsWritten_eventsOfTheCallAndOtherAnswersGoOn() {
    read(3);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    call.whenSent =
        () -> {
          begun.countDown();
          await(goOn);
        };
    CompletableFuture<?> sender = CompletableFuture.runAsync(held.removeFirst()::complete, threads);
    await(begun);

    join(
        CompletableFuture.runAsync(
            () -> {
              stream.onReady();
              held.removeLast().complete();
              stream.onMessage(message("r3"));
              stream.onHalfClose();
            },
            threads));
    held.forEach(Held::complete);

    assertThat(call.sent).isEmpty();
    goOn.countDown();
    join(sender);
    assertThat(call.sent).isEqualTo(ids(4));
    assertThat(call.end).isCompletedWithValue(Status.OK);
  }

  @Test
  void whereTheTransportIsFull_answersWaitUnsent() {
    read(3);
    call.isReady = false;

    held.forEach(Held::complete);
    stream.onHalfClose();

    assertThat(call.sent).isEmpty();
    assertThat(call.end).isNotDone();
    call.whenSent = () -> call.isReady = false;
    for (int i = 1; i <= 3; i++) {
      call.isReady = true;
      stream.onReady();
      assertThat(call.sent).isEqualTo(ids(i));
    }
    assertThat(call.end).isCompletedWithValue(Status.OK);
  }

  @Test
  void aRequestThatIsRefused_takesNoMoreOfTheMemoryThanItsAnswer() {
    MessageMemory memory = new MessageMemory(1 << 20);
    inference.answer(
        request -> {
          throw new IllegalStateException("it fails");
        });
    call.isReady = false;
    io.grpc.Context.current()
        .withValue(MessageMemory.SHARE, memory.open())
        .run(
            () ->
                stream.onMessage(
                    new WholeMessage(
                        StreamCaller.request("large", new byte[100_000]).toByteArray())));

    assertThat(memory.used()).isBetween(1L, 1_000L);
    stream.onCancel();
    assertThat(memory.used()).isZero();
  }

  /** Whoever answers, and whenever the transport is full: none is forgotten, none comes twice. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void answersOfManyThreads_allLeaveInOrder(int seed) {
    int count = 16;
    read(count);
    Random random = new Random(seed);
    call.whenSent = () -> call.isReady = random.nextBoolean();
    List<Held> shuffled = new ArrayList<>(held);
    Collections.shuffle(shuffled, new Random(seed));

    CompletableFuture<?> last = CompletableFuture.runAsync(stream::onHalfClose);
    CompletableFuture<?>[] answers =
        shuffled.stream()
            .map(each -> CompletableFuture.runAsync(each::complete))
            .toArray(CompletableFuture<?>[]::new);
    Await.until(
        () -> {
          if (!call.isReady) {
            call.isReady = true;
            stream.onReady();
          }
          return call.end.isDone();
        });

    join(CompletableFuture.allOf(answers));
    join(last);
    assertThat(call.sent).isEqualTo(ids(count));
    assertThat(call.end).isCompletedWithValue(Status.OK);
  }
}
