package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.Reason;
import io.millrace.server.model.Scheduling;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.ServingStatistics;
import io.millrace.server.model.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The queue and its instances: who runs, who waits, who is refused. */
@Timeout(60)
final class BatchingServableTest extends HeldModelTest {
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

  /** Else clients would be told something else on a busy machine, where a trial fails to pay. */
  @Test
  void whatIsAllowed_isTold_whetherOrNotItPays() {
    maxBatchSize = 8;
    model.onWarmUp =
        (inputs, outputs) -> {
          if (inputs.get(0).elements() > 1) {
            throw ServingException.refusal(Reason.ENGINE_ERROR, "not more than one");
          }
          return inputs;
        };
    Servable servable = start(2, 4);

    assertThat(servable.scheduling()).isEqualTo(new Scheduling(8, Duration.ZERO, 2));
  }

  @Test
  void servable_tellsWhatItIs() {
    Servable servable = start(2, 4);
    assertThat(servable.engine()).isEqualTo("onnxruntime");
    assertThat(servable.signature()).isEqualTo(FakeModel.SIGNATURE);
    assertThat(servable.scheduling()).isEqualTo(new Scheduling(1, Duration.ZERO, 2));
  }

  @Test
  void statistics_countWhatWasAnsweredBeforeItsCallersHearOfIt() throws InterruptedException {
    Servable servable = start(1, 4);
    assertThat(servable.statistics()).isEqualTo(ServingStatistics.NONE);
    assertAnswers(servable, 1);
    CompletableFuture<ServingStatistics> seen =
        infer(servable, Calls.call(2)).thenApply(outputs -> servable.statistics());
    replies.runNext();

    assertThat(seen.join().answered().calls()).isEqualTo(2);
    assertThat(seen.join().answered().rows()).isEqualTo(2);
    assertThat(seen.join().runs()).isEqualTo(2);
    assertThat(seen.join().failed().calls()).isZero();
    assertThat(seen.join().lastRun()).isPresent();
  }

  @Test
  void statistics_countWhatIsRefusedWhatExpiresAndWhatTheModelFails() throws InterruptedException {
    holdCalls();
    Servable servable = start(1, 1);
    CompletableFuture<List<Tensor>> running = infer(servable, Calls.call(1));
    await(entered);
    CompletableFuture<List<Tensor>> waiting = infer(servable, Calls.call(2));
    assertThat(failure(infer(servable, Calls.call(3))).reason()).isEqualTo(Reason.MODEL_QUEUE_FULL);
    assertThat(servable.statistics().failed().calls()).isEqualTo(1);
    released.countDown();
    replies.runNext();
    replies.runNext();
    assertThat(running).isCompleted();
    assertThat(waiting).isCompleted();

    CompletableFuture<List<Tensor>> expired = infer(servable, Calls.expired(4));
    replies.runNext();
    assertThat(expired).isCompletedExceptionally();
    model.onCall = (inputs, outputs) -> raise(new IllegalArgumentException("odd"));
    CompletableFuture<List<Tensor>> failing = infer(servable, Calls.call(5));
    replies.runNext();
    assertThat(failing).isCompletedExceptionally();

    assertThat(servable.statistics().failed().calls()).isEqualTo(3);
    assertThat(servable.statistics().answered().calls()).isEqualTo(2);
    assertThat(servable.statistics().runs()).isEqualTo(2);
  }
}
