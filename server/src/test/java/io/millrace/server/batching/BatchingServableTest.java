package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.engine.EngineRegistry;
import io.millrace.server.model.Cancellation;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The queue and its instances, on real threads that the tests hold and release. */
@Timeout(60)
final class BatchingServableTest {
  private final FakeModel model = new FakeModel();
  private final ReplyQueue replies = new ReplyQueue();

  /** What reached the model, in its order. */
  private final List<Integer> ran = new CopyOnWriteArrayList<>();

  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  private final List<Servable> open = new ArrayList<>();
  private int maxBatchSize = 1;

  @AfterEach
  void closeAll() {
    released.countDown();
    open.forEach(Servable::close);
  }

  private Servable start(int instances, int queueCapacity) {
    Servable servable = load(instances, queueCapacity);
    open.add(servable);
    return servable;
  }

  /** Leaves the close to the test. */
  private Servable load(int instances, int queueCapacity) {
    Servable servable =
        new BatchingServableLoader(
                new EngineRegistry(List.of(model.engine())),
                new BatchingOptions(queueCapacity, 1, maxBatchSize),
                replies)
            .load(Calls.artifact(instances));
    model.isLoaded = true;
    return servable;
  }

  /** Every call waits in the model until it is released. */
  private void holdCalls() {
    model.onCall =
        (inputs, outputs) -> {
          ran.add(Calls.value(inputs));
          entered.countDown();
          await(released);
          return inputs;
        };
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static CompletableFuture<List<Tensor>> infer(
      Servable servable, InferenceRequest request) {
    return servable.infer(request).toCompletableFuture();
  }

  private static ServingException failure(CompletableFuture<List<Tensor>> answer) {
    Throwable failure = answer.handle((outputs, thrown) -> thrown).join();
    assertThat(failure).isInstanceOf(ServingException.class);
    return (ServingException) failure;
  }

  private void assertAnswers(Servable servable, int value) throws InterruptedException {
    CompletableFuture<List<Tensor>> answer = infer(servable, Calls.call(value));
    replies.runNext();
    assertThat(Calls.value(answer.join())).isEqualTo(value);
  }

  @Test
  void answer_leavesByTheReplyExecutor() throws InterruptedException {
    Servable servable = start(1, 4);
    CompletableFuture<Thread> answeredBy =
        infer(servable, Calls.call(7)).thenApply(outputs -> Thread.currentThread());
    assertThat(answeredBy).isNotDone();
    replies.runNext();
    assertThat(answeredBy).isCompletedWithValue(Thread.currentThread());
  }

  @Test
  void failure_leavesByTheReplyExecutor() throws InterruptedException {
    Servable servable = start(1, 4);
    CompletableFuture<List<Tensor>> answer = infer(servable, Calls.expired(7));
    assertThat(answer).isNotDone();
    replies.runNext();
    assertThat(answer).isCompletedExceptionally();
  }

  @Test
  void call_getsTheOutputsItAsksForOrAll() throws InterruptedException {
    List<String> asked = new CopyOnWriteArrayList<>();
    model.onCall =
        (inputs, outputs) -> {
          asked.add(String.join(" ", outputs));
          return inputs;
        };
    Servable servable = start(1, 4);
    assertAnswers(servable, 1);
    CompletableFuture<List<Tensor>> answer = infer(servable, Calls.asking(2, "z"));
    replies.runNext();
    assertThat(answer).isCompleted();
    assertThat(asked).containsExactly("y z", "z");
  }

  @Test
  void fullQueue_refusesOneMore() throws InterruptedException {
    holdCalls();
    Servable servable = start(1, 2);
    List<CompletableFuture<List<Tensor>>> answers = new ArrayList<>();
    answers.add(infer(servable, Calls.call(1)));
    await(entered);
    answers.add(infer(servable, Calls.call(2)));
    answers.add(infer(servable, Calls.call(3)));

    ServingException refusal = failure(infer(servable, Calls.call(4)));
    assertThat(refusal.reason()).isEqualTo(Reason.MODEL_QUEUE_FULL);
    assertThat(refusal.getStackTrace()).isEmpty();

    released.countDown();
    for (CompletableFuture<List<Tensor>> answer : answers) {
      replies.runNext();
      assertThat(answer).isCompleted();
    }
    assertThat(ran).containsExactly(1, 2, 3);
  }

  @Test
  void fullQueue_takesOneMoreInsteadOfOneWhoseCallerHasGone() throws InterruptedException {
    holdCalls();
    Servable servable = start(1, 2);
    AtomicBoolean gone = new AtomicBoolean();
    CompletableFuture<List<Tensor>> running = infer(servable, Calls.call(1));
    await(entered);
    CompletableFuture<List<Tensor>> cancelled = infer(servable, Calls.cancelled(2, gone::get));
    CompletableFuture<List<Tensor>> waiting = infer(servable, Calls.call(3));
    assertThat(failure(infer(servable, Calls.call(4))).reason()).isEqualTo(Reason.MODEL_QUEUE_FULL);

    gone.set(true);
    CompletableFuture<List<Tensor>> next = infer(servable, Calls.call(5));
    assertThat(failure(cancelled).reason()).isEqualTo(Reason.CALL_CANCELLED);
    assertThat(next).isNotDone();

    released.countDown();
    for (CompletableFuture<List<Tensor>> answer : List.of(running, waiting, next)) {
      replies.runNext();
      assertThat(answer).isCompleted();
    }
    assertThat(ran).containsExactly(1, 3, 5);
  }

  @Test
  void expiredAndCancelledCalls_neverReachTheModel() throws InterruptedException {
    holdCalls();
    Servable servable = start(1, 4);
    CompletableFuture<List<Tensor>> running = infer(servable, Calls.call(1));
    await(entered);
    CompletableFuture<List<Tensor>> expired = infer(servable, Calls.expired(2));
    CompletableFuture<List<Tensor>> cancelled = infer(servable, Calls.cancelled(3, () -> true));
    released.countDown();
    replies.runNext();
    replies.runNext();
    replies.runNext();
    assertThat(running).isCompleted();
    assertThat(failure(expired).reason()).isEqualTo(Reason.DEADLINE_IN_QUEUE);
    assertThat(failure(cancelled).reason()).isEqualTo(Reason.CALL_CANCELLED);
    assertThat(ran).containsExactly(1);
  }

  @Test
  void callCancelledWhileItWaits_neverReachesTheModel() throws InterruptedException {
    holdCalls();
    Servable servable = start(1, 4);
    CompletableFuture<List<Tensor>> running = infer(servable, Calls.call(1));
    await(entered);
    CompletableFuture<List<Tensor>> waiting =
        infer(servable, Calls.cancelled(2, () -> released.getCount() == 0));
    released.countDown();
    replies.runNext();
    replies.runNext();
    assertThat(running).isCompleted();
    assertThat(failure(waiting).reason()).isEqualTo(Reason.CALL_CANCELLED);
  }

  @Test
  void callThatCannotSayWhetherItIsCancelled_failsAlone() throws InterruptedException {
    Servable servable = start(1, 4);
    CompletableFuture<List<Tensor>> answer =
        infer(
            servable,
            Calls.cancelled(
                1,
                () -> {
                  throw new IllegalStateException("no such call");
                }));
    replies.runNext();
    assertThat(failure(answer)).hasCauseInstanceOf(IllegalStateException.class);
    assertAnswers(servable, 2);
  }

  @Test
  void refusalByTheModel_failsThatCallAlone() throws InterruptedException {
    Servable servable = start(1, 4);
    model.onCall =
        (inputs, outputs) -> {
          throw ServingException.refusal(Reason.TENSOR_SIZE_MISMATCH, "odd");
        };
    CompletableFuture<List<Tensor>> answer = infer(servable, Calls.call(1));
    replies.runNext();
    assertThat(failure(answer).reason()).isEqualTo(Reason.TENSOR_SIZE_MISMATCH);
    model.onCall = (inputs, outputs) -> inputs;
    assertAnswers(servable, 2);
  }

  static List<Throwable> unexpected() {
    return List.of(
        new IllegalArgumentException("/a/path"),
        new StackOverflowError(),
        new OutOfMemoryError(),
        new UnsatisfiedLinkError());
  }

  @ParameterizedTest
  @MethodSource("unexpected")
  void throwingModel_failsThatCallAlone(Throwable thrown) throws InterruptedException {
    Servable servable = start(1, 4);
    model.onCall = (inputs, outputs) -> raise(thrown);
    CompletableFuture<List<Tensor>> answer = infer(servable, Calls.call(1));
    replies.runNext();
    assertThat(failure(answer).reason()).isEqualTo(Reason.ENGINE_ERROR);
    assertThat(failure(answer)).hasCause(thrown).hasMessage("the model failed on this input");
    model.onCall = (inputs, outputs) -> inputs;
    assertAnswers(servable, 2);
  }

  private static List<Tensor> raise(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) thrown;
  }

  @Test
  void modelThatInterruptsItsThread_goesOnServing() throws InterruptedException {
    Servable servable = start(1, 4);
    model.onCall =
        (inputs, outputs) -> {
          Thread.currentThread().interrupt();
          return inputs;
        };
    assertAnswers(servable, 1);
    assertAnswers(servable, 2);
  }

  @Test
  void instances_runAtTheSameTime() throws InterruptedException {
    CountDownLatch allInside = new CountDownLatch(3);
    model.onCall =
        (inputs, outputs) -> {
          allInside.countDown();
          await(allInside);
          return inputs;
        };
    Servable servable = start(3, 4);
    List<CompletableFuture<List<Tensor>>> answers = new ArrayList<>();
    for (int value = 1; value <= 3; value++) {
      answers.add(infer(servable, Calls.call(value)));
    }
    for (int i = 0; i < 3; i++) {
      replies.runNext();
    }
    assertThat(answers).allSatisfy(answer -> assertThat(answer).isCompleted());
  }

  @Test
  void close_answersWhatWaitsAndClosesTheModelLast() throws InterruptedException {
    holdCalls();
    Servable servable = load(1, 4);
    List<CompletableFuture<List<Tensor>>> answers = new ArrayList<>();
    answers.add(infer(servable, Calls.call(1)));
    answers.add(infer(servable, Calls.call(2)));
    answers.add(infer(servable, Calls.call(3)));
    await(entered);
    CompletableFuture<Void> close = CompletableFuture.runAsync(servable::close);
    assertThat(close).isNotDone();
    released.countDown();
    assertThat(close).succeedsWithin(30, TimeUnit.SECONDS);
    for (CompletableFuture<List<Tensor>> answer : answers) {
      replies.runNext();
      assertThat(answer).isCompleted();
    }
    assertThat(model.events)
        .containsExactly("open instance-iris-3-0", "close instance-iris-3-0", "close model");
  }

  @Test
  void close_closesEachInstanceOnItsOwnThread() {
    load(2, 4).close();
    assertThat(model.events)
        .containsExactlyInAnyOrder(
            "open instance-iris-3-0",
            "open instance-iris-3-1",
            "close instance-iris-3-0",
            "close instance-iris-3-1",
            "close model")
        .endsWith("close model");
  }

  @Test
  void instanceThatThrowsOnClose_doesNotKeepTheModel() {
    model.onInstanceClose =
        () -> {
          throw new IllegalStateException("stuck");
        };
    load(2, 4).close();
    assertThat(model.events).endsWith("close model");
  }

  @Test
  void interruptedClose_leavesTheModelInMemory() {
    holdCalls();
    Servable servable = load(1, 4);
    CompletableFuture<List<Tensor>> held = infer(servable, Calls.call(7));
    await(entered);
    Thread.currentThread().interrupt();
    servable.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(held).isNotDone();
    assertThat(model.events).doesNotContain("close model");
  }

  @Test
  void servable_tellsWhatItIs() {
    Servable servable = start(1, 4);
    assertThat(servable.engine()).isEqualTo("onnxruntime");
    assertThat(servable.signature()).isEqualTo(FakeModel.SIGNATURE);
  }

  /** Holds the only instance with a call, so that what comes next waits and runs together. */
  private CompletableFuture<List<Tensor>> holdWith(Servable servable) {
    CompletableFuture<List<Tensor>> running = infer(servable, Calls.call(1));
    await(entered);
    return running;
  }

  @Test
  void callsThatWait_runTogetherAndGetTheirOwnRows() throws InterruptedException {
    maxBatchSize = 8;
    model.onWarmUp = new Constant()::run;
    holdCalls();
    Servable servable = start(1, 16);
    CompletableFuture<List<Tensor>> running = holdWith(servable);
    List<CompletableFuture<List<Tensor>>> answers = new ArrayList<>();
    for (int value = 2; value <= 6; value++) {
      answers.add(infer(servable, Calls.call(value)));
    }
    released.countDown();
    replies.runNext();
    replies.runNext();

    assertThat(running).isCompleted();
    for (int i = 0; i < answers.size(); i++) {
      assertThat(Calls.value(answers.get(i).join())).isEqualTo(i + 2);
    }
    assertThat(ran).containsExactly(1, 2);
  }

  @Test
  void callThatFailsABatch_failsAlone() throws InterruptedException {
    maxBatchSize = 8;
    model.onWarmUp = new Constant()::run;
    holdCalls();
    Servable servable = start(1, 16);
    CompletableFuture<List<Tensor>> running = holdWith(servable);
    model.onCall =
        (inputs, outputs) -> {
          for (int i = 0; i < inputs.get(0).elements(); i++) {
            if (inputs.get(0).data().get(i) == 3) {
              throw ServingException.refusal(Reason.ENGINE_ERROR, "three");
            }
          }
          return inputs;
        };
    CompletableFuture<List<Tensor>> good = infer(servable, Calls.call(2));
    CompletableFuture<List<Tensor>> bad = infer(servable, Calls.call(3));
    CompletableFuture<List<Tensor>> alsoGood = infer(servable, Calls.call(4));
    released.countDown();
    for (int i = 0; i < 4; i++) {
      replies.runNext();
    }

    assertThat(running).isCompleted();
    assertThat(Calls.value(good.join())).isEqualTo(2);
    assertThat(failure(bad).getMessage()).isEqualTo("three");
    assertThat(Calls.value(alsoGood.join())).isEqualTo(4);
  }

  @Test
  void modelWhoseOutputsAreNotTheRows_answersEachAlone() throws InterruptedException {
    maxBatchSize = 8;
    model.onWarmUp = new Constant()::run;
    holdCalls();
    Servable servable = start(1, 16);
    CompletableFuture<List<Tensor>> running = holdWith(servable);
    model.onCall = (inputs, outputs) -> List.of(Calls.tensor(inputs.get(0).data().get()));
    CompletableFuture<List<Tensor>> one = infer(servable, Calls.call(2));
    CompletableFuture<List<Tensor>> other = infer(servable, Calls.call(3));
    released.countDown();
    for (int i = 0; i < 3; i++) {
      replies.runNext();
    }

    assertThat(running).isCompleted();
    assertThat(Calls.value(one.join())).isEqualTo(2);
    assertThat(Calls.value(other.join())).isEqualTo(3);
  }

  @Test
  void callWhoseCallerGoes_leavesTheQueueAtOnce() throws InterruptedException {
    holdCalls();
    Servable servable = start(1, 16);
    CompletableFuture<List<Tensor>> running = holdWith(servable);
    Leaver leaver = new Leaver();
    CompletableFuture<List<Tensor>> waiting = infer(servable, Calls.cancelled(2, leaver));
    leaver.leave();

    assertThat(failure(waiting).reason()).isEqualTo(Reason.CALL_CANCELLED);
    released.countDown();
    replies.runNext();
    assertThat(running).isCompleted();
    leaver.leave();
    assertThat(ran).containsExactly(1);
  }

  @Test
  void callThatWouldWaitBeyondItsDeadline_isRefusedAtOnce() throws InterruptedException {
    model.onCall =
        (inputs, outputs) -> {
          new Constant().run(inputs, outputs);
          return inputs;
        };
    Servable servable = start(1, 1_000);
    for (int i = 0; i < 20; i++) {
      assertAnswers(servable, 1);
    }
    holdCalls();
    List<CompletableFuture<List<Tensor>>> waiting = new ArrayList<>();
    waiting.add(holdWith(servable));
    for (int i = 0; i < 100; i++) {
      waiting.add(infer(servable, Calls.call(2)));
    }

    // A hundred calls of 200 microseconds wait.
    long soon = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1);
    CompletableFuture<List<Tensor>> hasty = infer(servable, Calls.due(3, soon));
    assertThat(failure(hasty).reason()).isEqualTo(Reason.MODEL_QUEUE_FULL);
    waiting.add(infer(servable, Calls.call(4)));
    assertThat(waiting).noneMatch(CompletableFuture::isDone);
  }

  /** A caller who goes when the test says so. */
  private static final class Leaver implements Cancellation {
    private final List<Runnable> actions = new ArrayList<>();
    private boolean gone;

    void leave() {
      gone = true;
      actions.forEach(Runnable::run);
    }

    @Override
    public boolean isRequested() {
      return gone;
    }

    @Override
    public void whenOver(Runnable action) {
      actions.add(action);
    }
  }

  /** Passes the trial: a run costs the same whatever its rows. */
  private static final class Constant {
    List<Tensor> run(List<Tensor> inputs, List<String> outputs) {
      long end = System.nanoTime() + 200_000;
      while (System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      return inputs;
    }
  }
}
