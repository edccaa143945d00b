package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.engine.ModelInstance;
import io.millrace.server.engine.RunInput;
import io.millrace.server.model.ClassCounts;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Reason;
import io.millrace.server.model.RunPlace;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Turns of an event loop that the test ends. */
final class TurnBatcherTest {
  private final Deque<Runnable> endOfTurn = new ArrayDeque<>();
  private final List<Long> ran = new ArrayList<>();
  private final RunCost cost = new RunCost();
  private final TurnGate gate = new TurnGate(cost, RunPlace.AUTO);
  private final List<Batch> elsewhere = new ArrayList<>();
  private final TurnWatch watch = new TurnWatch();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private Runnable onRun = () -> {};
  private final TurnBatcher batcher =
      new TurnBatcher(
          endOfTurn::add,
          new BatchPolicy(4, 0),
          gate,
          new BatchRunner(
              new Echo(), FakeModel.SIGNATURE, new RunCost(), Runnable::run, elsewhere::add),
          watch);

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
    return new PendingRequest(request, now);
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
    assertThat(batcher.offer(new PendingRequest(other, System.nanoTime()))).isTrue();
    endTurn();

    assertThat(ran).containsExactly(1L, 1L);
  }

  @Test
  void modelOfUnknownCostOrTooMuch_doesNotRunOnTheLoop() {
    assertThat(new TurnGate(new RunCost(), RunPlace.AUTO).admits(pending(1), 0)).isFalse();
    RunCost much = new RunCost();
    much.measured(1, 60_000);
    assertThat(new TurnGate(much, RunPlace.AUTO).admits(pending(1), 0)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = RunPlace.class,
      names = {"AUTO", "EVENT_LOOP"})
  void callWhoseAnswerTakesLong_doesNotRunOnTheLoop(RunPlace place) {
    ClassCounts classes = ClassCounts.ofScores("top_k", OptionalLong.of(3), "3");
    InferenceRequest naming = Calls.call(1).naming(classes);
    TurnGate ofModel = new TurnGate(cost, place);

    assertThat(ofModel.admits(new PendingRequest(naming, System.nanoTime()), 0)).isFalse();
    assertThat(ofModel.admits(new PendingRequest(Calls.call(1).onInstances(), 0), 0)).isFalse();
  }

  @Test
  void turn_isBounded() {
    assertThat(gate.admits(pending(1), 199)).isTrue();
    assertThat(gate.admits(pending(1), 1_000)).isFalse();
  }

  private static final long SLOW = TimeUnit.MILLISECONDS.toNanos(30);

  private void turnSlow(long now) {
    for (int i = 0; i < 3; i++) {
      gate.ran(SLOW, now);
    }
  }

  private boolean admitsAfterMillis(long now, long millis) {
    return gate.admits(pending(1, now + TimeUnit.MILLISECONDS.toNanos(millis)), 0);
  }

  @Test
  void modelThatTurnsSlow_isKeptAwayFromTheLoop_longerEachTime() {
    long now = System.nanoTime();
    turnSlow(now);
    assertThat(admitsAfterMillis(now, 999)).isFalse();
    assertThat(admitsAfterMillis(now, 1_000)).isTrue();

    turnSlow(now);
    assertThat(admitsAfterMillis(now, 1_999)).isFalse();
    assertThat(admitsAfterMillis(now, 2_000)).isTrue();
  }

  @Test
  void modelThatBehavedForLong_isTrustedAsAtFirst() {
    long now = System.nanoTime();
    turnSlow(now);
    long later = now + TimeUnit.SECONDS.toNanos(20);
    turnSlow(later);
    assertThat(admitsAfterMillis(later, 1_000)).isTrue();
  }

  @Test
  void interruptionNowAndThen_isNotTheModelsFault() {
    long now = System.nanoTime();
    for (int i = 0; i < 1_000; i++) {
      gate.ran(i % 100 == 0 ? SLOW : 1_000, now);
      assertThat(gate.admits(pending(1, now), 0)).isTrue();
    }
  }

  @Test
  void slowRuns_endTheModelsTimeOnTheLoop() {
    onRun = () -> sleep(3);
    for (int i = 0; i < 3; i++) {
      assertThat(batcher.offer(pending(1))).isTrue();
      endTurn();
    }

    assertThat(batcher.offer(pending(2))).isFalse();
  }

  @Test
  void runThatHoldsUpTheLoop_isStoppedAndGoesToTheWorkers() {
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
  }

  private static void sleep(long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }
}
