package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.server.model.Cancellation;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.ServingStatistics.Batches;
import io.millrace.server.model.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that run together, and calls that leave. */
@Timeout(60)
final class RunTogetherTest extends HeldModelTest {
  /** Holds the only instance with a call, so that what comes next waits and runs together. */
  private CompletableFuture<List<Tensor>> holdWith(Servable servable) {
    CompletableFuture<List<Tensor>> running = infer(servable, Calls.call(1));
    await(entered);
    return running;
  }

  /** One instance that takes up to eight rows at a time, and whose calls wait in it. */
  private Servable startTogether() {
    maxBatchSize = 8;
    model.onWarmUp = new Constant()::run;
    holdCalls();
    return start(1, 16);
  }

  @Test
  void callsThatWait_runTogetherAndGetTheirOwnRows() throws InterruptedException {
    Servable servable = startTogether();
    CompletableFuture<List<Tensor>> running = holdWith(servable);
    List<CompletableFuture<List<Tensor>>> answers = new ArrayList<>();
    for (int value = 2; value <= 6; value++) {
      answers.add(infer(servable, Calls.call(value)));
    }
    release(2);

    assertThat(running).isCompleted();
    for (int i = 0; i < answers.size(); i++) {
      assertThat(Calls.value(answers.get(i).join())).isEqualTo(i + 2);
    }
    assertThat(ran).containsExactly(1, 2);
    assertThat(servable.scheduling().maxBatchSize()).isEqualTo(8);
    assertThat(servable.statistics().answered().calls()).isEqualTo(6);
    assertThat(servable.statistics().batches())
        .extracting(Batches::rows, Batches::runs)
        .containsExactly(tuple(1L, 1L), tuple(5L, 1L));
  }

  @Test
  void callThatFailsABatch_failsAlone() throws InterruptedException {
    Servable servable = startTogether();
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
    release(4);

    assertThat(running).isCompleted();
    assertThat(Calls.value(good.join())).isEqualTo(2);
    assertThat(failure(bad).getMessage()).isEqualTo("three");
    assertThat(Calls.value(alsoGood.join())).isEqualTo(4);
    assertThat(servable.statistics().answered().calls()).isEqualTo(3);
    assertThat(servable.statistics().runs()).isEqualTo(3);
    assertThat(servable.statistics().failed().calls()).isEqualTo(1);
  }

  @Test
  void callWhoseCallerWentWhileItsBatchFailed_doesNotRunAgain() throws InterruptedException {
    Servable servable = startTogether();
    CompletableFuture<List<Tensor>> running = holdWith(servable);
    AtomicBoolean gone = new AtomicBoolean();
    List<Integer> alone = new CopyOnWriteArrayList<>();
    model.onCall =
        (inputs, outputs) -> {
          if (inputs.get(0).elements() > 1) {
            gone.set(true);
            throw ServingException.refusal(Reason.ENGINE_ERROR, "not together");
          }
          alone.add((int) inputs.get(0).data().get(0));
          return inputs;
        };
    CompletableFuture<List<Tensor>> stays = infer(servable, Calls.call(2));
    CompletableFuture<List<Tensor>> goes = infer(servable, Calls.cancelled(3, gone::get));
    release(3);

    assertThat(running).isCompleted();
    assertThat(stays).isCompleted();
    assertThat(goes).isCompletedExceptionally();
    assertThat(alone).containsExactly(2);
  }

  @Test
  void modelWhoseOutputsAreNotTheRows_answersEachAlone() throws InterruptedException {
    Servable servable = startTogether();
    CompletableFuture<List<Tensor>> running = holdWith(servable);
    model.onCall = (inputs, outputs) -> List.of(Calls.tensor(inputs.get(0).data().get()));
    CompletableFuture<List<Tensor>> one = infer(servable, Calls.call(2));
    CompletableFuture<List<Tensor>> other = infer(servable, Calls.call(3));
    release(3);

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
    release(1);
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
