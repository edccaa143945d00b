package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.Reason;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
    release(3);
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
    release(2);
    assertThat(running).isCompleted();
    assertThat(failure(waiting).reason()).isEqualTo(Reason.CALL_CANCELLED);
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
}
