package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.model.BatchingConfig;
import io.millrace.server.model.InstancesConfig;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.QueueBounds;
import io.millrace.server.model.Reason;
import io.millrace.server.model.RunPlace;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Who runs the calls of a model: what its configuration wants, its engine can and it costs. */
final class PlacePlanTest {
  /** An engine whose instances may run on any thread, or not. */
  private record Engine(boolean runsOnAnyThread) implements LoadedModel {
    @Override
    public Signature signature() {
      return FakeModel.SIGNATURE;
    }

    @Override
    public ModelInstance newInstance() {
      throw new AssertionError("a plan needs no instance");
    }

    @Override
    public void close() {}
  }

  private static ModelConfig config(RunPlace place, int threads) {
    return new ModelConfig(
        List.of(),
        List.of(),
        new InstancesConfig(0, threads),
        new BatchingConfig(0, Duration.ZERO, QueueBounds.DERIVED, place));
  }

  @ParameterizedTest
  @CsvSource({
    "AUTO, true, 1, AUTO",
    "EVENT_LOOP, true, 1, EVENT_LOOP",
    "INSTANCES, true, 1, INSTANCES",
    "AUTO, true, 2, INSTANCES",
    "AUTO, false, 1, INSTANCES",
    "INSTANCES, false, 1, INSTANCES"
  })
  void place_isWhatIsAskedForUnlessTheModelNeedsItsInstances(
      RunPlace asked, boolean anyThread, int threads, RunPlace expected) {
    assertThat(PlacePlan.of(new Engine(anyThread), config(asked, threads))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"false, 1, ties each instance to a thread", "true, 2, its runs take 2 threads"})
  void eventLoopForAModelThatCannotRunThere_isRefusedWithTheReason(
      boolean anyThread, int threads, String words) {
    assertThatThrownBy(
            () -> PlacePlan.of(new Engine(anyThread), config(RunPlace.EVENT_LOOP, threads)))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MODEL_LOAD_FAILED))
        .hasMessageStartingWith("batching.run_on is event_loop, but ")
        .hasMessageContaining(words)
        .hasMessageEndingWith("allowed for this model: auto, instances");
  }

  private static PendingRequest pending(long nowNanos) {
    return new PendingRequest(Calls.call(1), nowNanos);
  }

  @ParameterizedTest
  @CsvSource({
    "AUTO, 0, false",
    "AUTO, 1000, true",
    "AUTO, 1000000, false",
    "EVENT_LOOP, 0, true",
    "EVENT_LOOP, 1000, true",
    "EVENT_LOOP, 1000000, true",
    "INSTANCES, 0, false",
    "INSTANCES, 1000, false",
    "INSTANCES, 1000000, false"
  })
  void callOfACost_mayRunOnTheLoop(RunPlace place, long nanosPerRow, boolean expected) {
    RunCost cost = new RunCost();
    if (nanosPerRow > 0) {
      cost.measured(1, nanosPerRow);
    }

    assertThat(new TurnGate(cost, place).admits(pending(0), 0)).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "EVENT_LOOP"})
  void modelThatHoldsTheLoopUp_isKeptAwayWhereverItWasWanted(RunPlace place) {
    RunCost cost = new RunCost();
    cost.measured(1, 1_000);
    TurnGate gate = new TurnGate(cost, place);
    for (int i = 0; i < 3; i++) {
      gate.ran(TimeUnit.MILLISECONDS.toNanos(5), 0);
    }

    assertThat(gate.admits(pending(TimeUnit.MILLISECONDS.toNanos(999)), 0)).isFalse();
    assertThat(gate.admits(pending(TimeUnit.SECONDS.toNanos(1)), 0)).isTrue();
  }

  @Test
  void turnThatIsFull_takesNoMoreEvenOfAModelThatIsWantedThere() {
    RunCost cost = new RunCost();
    cost.measured(1, 1_000_000);

    assertThat(new TurnGate(cost, RunPlace.EVENT_LOOP).admits(pending(0), 1)).isFalse();
  }
}
