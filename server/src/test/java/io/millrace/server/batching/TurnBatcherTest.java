package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.engine.ModelInstance;
import io.millrace.server.engine.RunInput;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Turns of an event loop that the test ends. */
final class TurnBatcherTest {
  private final Deque<Runnable> endOfTurn = new ArrayDeque<>();
  private final List<Long> ran = new ArrayList<>();
  private final RunCost cost = new RunCost();
  private final TurnGate gate = new TurnGate(cost);
  private final List<Batch> elsewhere = new ArrayList<>();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private Runnable onRun = () -> {};
  private final TurnBatcher batcher =
      new TurnBatcher(
          endOfTurn::add,
          new BatchPolicy(4, 0),
          gate,
          new BatchRunner(
              new Echo(), FakeModel.SIGNATURE, new RunCost(), Runnable::run, elsewhere::add));

  /** Answers its input, and notes how many rows ran together. */
  private final class Echo implements ModelInstance {
    @Override
    public List<Tensor> run(List<RunInput> inputs, List<String> outputs) {
      onRun.run();
      ran.add(inputs.get(0).shape().size(0));
      return List.of(FakeModel.joined(inputs.get(0)));
    }

    @Override
    public void stopRun() {
      stopped.countDown();
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void tiny() {
    cost.measured(1, 1_000);
  }

  private static PendingRequest pending(int value) {
    return pending(value, System.nanoTime());
  }

  private static PendingRequest pending(int value, long now) {
    var request = Calls.call(value);
    return PendingRequest.of(request, now, BatchKey.of(request));
  }

  private void endTurn() {
    while (!endOfTurn.isEmpty()) {
      endOfTurn.remove().run();
    }
  }

  @Test
  void callsOfATurn_runTogetherAtItsEnd() {
    List<PendingRequest> calls = new ArrayList<>();
    for (int value = 1; value <= 6; value++) {
      calls.add(pending(value));
      assertThat(batcher.offer(calls.get(value - 1))).isTrue();
    }
    assertThat(ran).isEmpty();
    endTurn();

    assertThat(ran).containsExactly(4L, 2L);
    for (int i = 0; i < calls.size(); i++) {
      assertThat(Calls.value(calls.get(i).answer().join())).isEqualTo(i + 1);
    }
  }

  @Test
  void nextTurn_beginsAnew() {
    assertThat(batcher.offer(pending(1))).isTrue();
    endTurn();
    assertThat(batcher.offer(pending(2))).isTrue();
    endTurn();

    assertThat(ran).containsExactly(1L, 1L);
  }

  @Test
  void callsThatMayNotRunTogether_runApart() {
    var other = Calls.asking(2, "z");
    assertThat(batcher.offer(pending(1))).isTrue();
    assertThat(batcher.offer(PendingRequest.of(other, System.nanoTime(), BatchKey.of(other))))
        .isTrue();
    endTurn();

    assertThat(ran).containsExactly(1L, 1L);
  }

  @Test
  void modelOfUnknownCostOrTooMuch_doesNotRunOnTheLoop() {
    assertThat(new TurnGate(new RunCost()).admits(pending(1), 0)).isFalse();
    RunCost much = new RunCost();
    much.measured(1, 60_000);
    assertThat(new TurnGate(much).admits(pending(1), 0)).isFalse();
  }

  @Test
  void turn_isBounded() {
    assertThat(gate.admits(pending(1), 199)).isTrue();
    assertThat(gate.admits(pending(1), 1_000)).isFalse();
  }

  @Test
  void modelThatTurnsSlow_isKeptAwayFromTheLoop_longerEachTime() {
    long now = System.nanoTime();
    gate.ran(TimeUnit.MILLISECONDS.toNanos(1), now);
    assertThat(gate.admits(pending(1, now), 0)).isTrue();

    gate.ran(TimeUnit.MILLISECONDS.toNanos(30), now);
    assertThat(gate.admits(pending(1, now + TimeUnit.MILLISECONDS.toNanos(999)), 0)).isFalse();
    assertThat(gate.admits(pending(1, now + TimeUnit.MILLISECONDS.toNanos(1_000)), 0)).isTrue();

    gate.ran(TimeUnit.MILLISECONDS.toNanos(30), now);
    assertThat(gate.admits(pending(1, now + TimeUnit.MILLISECONDS.toNanos(1_999)), 0)).isFalse();
    assertThat(gate.admits(pending(1, now + TimeUnit.MILLISECONDS.toNanos(2_000)), 0)).isTrue();
  }

  @Test
  void slowRun_endsTheModelsTimeOnTheLoop() {
    onRun = () -> sleep(3);
    assertThat(batcher.offer(pending(1))).isTrue();
    endTurn();

    assertThat(batcher.offer(pending(2))).isFalse();
  }

  @Test
  void runThatHoldsUpTheLoop_isStoppedAndGoesToTheWorkers() {
    TurnWatch watch = new TurnWatch();
    watch.add(batcher);
    onRun =
        () -> {
          try {
            assertThat(stopped.await(30, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          throw ServingException.refusal(Reason.CALL_CANCELLED, "stopped");
        };
    PendingRequest call = pending(1);
    assertThat(batcher.offer(call)).isTrue();
    endTurn();
    watch.remove(batcher);

    assertThat(elsewhere).containsExactly(new Batch(List.of(call)));
    assertThat(call.answer()).isNotDone();
    assertThat(batcher.offer(pending(2))).isFalse();
  }

  private static void sleep(long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }
}
