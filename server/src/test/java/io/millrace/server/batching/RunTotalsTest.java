package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.DataType;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.ServingStatistics;
import io.millrace.server.model.ServingStatistics.Answered;
import io.millrace.server.model.ServingStatistics.Batches;
import io.millrace.server.model.ServingStatistics.Failed;
import io.millrace.server.model.ServingStatistics.Phases;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.VersionSelector;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls and runs with times that the test makes up. */
final class RunTotalsTest {
  private static final int THREADS = 4;
  private static final int RUNS_OF_A_THREAD = 10_000;

  private final RunTotals totals = new RunTotals();

  private static PendingRequest arrived(long nanos) {
    Tensor x = new Tensor("x", DataType.UINT8, Shape.of(1), ByteBuffer.wrap(new byte[] {(byte) 1}));
    InferenceRequest request =
        new InferenceRequest(
            "iris", VersionSelector.LATEST, List.of(x), List.of(), Long.MAX_VALUE, () -> false);
    return new PendingRequest(request, nanos);
  }

  private static Batch batch(long... arrivals) {
    return new Batch(LongStream.of(arrivals).mapToObj(RunTotalsTest::arrived).toList());
  }

  /** A run that takes 10 to place its inputs, 200 in the model and 3 to read its outputs. */
  private static ModelRun run(long rows, long began) {
    return new ModelRun("i-0", rows, began, began + 10, began + 210, began + 213);
  }

  @Test
  void nothing_isNothing() {
    assertThat(totals.snapshot()).isEqualTo(ServingStatistics.NONE);
  }

  @Test
  void callsOfARun_countEachWithTheWholeRun_andTheRunOnce() {
    totals.answered(batch(900, 1_000), run(5, 1_000));
    totals.answered(batch(2_000), run(1, 2_007));

    ServingStatistics statistics = totals.snapshot();

    assertThat(statistics.answered())
        .isEqualTo(
            new Answered(3, 6, 100 + 7 + 3 * 213, 100 + 7, new Phases(3 * 10, 3 * 200, 3 * 3)));
    assertThat(statistics.batches())
        .containsExactly(
            new Batches(1, 1, new Phases(10, 200, 3)), new Batches(5, 1, new Phases(10, 200, 3)));
    assertThat(statistics.runs()).isEqualTo(2);
    assertThat(statistics.failed()).isEqualTo(new Failed(0, 0));
  }

  @Test
  void callsThatFail_countWithTheirTime_andAreNoRuns() {
    totals.failed(arrived(1_000), 1_050);
    totals.failed(arrived(2_000), 2_000);

    assertThat(totals.snapshot().failed()).isEqualTo(new Failed(2, 50));
    assertThat(totals.snapshot().answered()).isEqualTo(ServingStatistics.NONE.answered());
    assertThat(totals.snapshot().lastRun()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "127, 127",
    "128, 128",
    "129, 256",
    "256, 256",
    "257, 512",
    "50000, 65536",
    "4611686018427387904, 4611686018427387904"
  })
  void largeSizes_areTheNextPowerOfTwo(long rows, long size) {
    totals.answered(batch(0), run(rows, 0));

    assertThat(totals.snapshot().batches()).extracting(Batches::rows).containsExactly(size);
  }

  @Test
  void theLastRun_isToldByTheWallClock() {
    Instant before = Instant.now();
    totals.answered(batch(0), run(1, System.nanoTime() - 213));

    assertThat(totals.snapshot().lastRun())
        .hasValueSatisfying(
            last -> assertThat(last).isBetween(before.minusSeconds(1), Instant.now()));
  }

  @Test
  void countsOfManyThreads_areAllThere() {
    CompletableFuture<?>[] threads =
        IntStream.range(0, THREADS)
            .mapToObj(i -> CompletableFuture.runAsync(this::countMany))
            .toArray(CompletableFuture<?>[]::new);
    CompletableFuture.allOf(threads).join();

    ServingStatistics statistics = totals.snapshot();
    assertThat(statistics.answered().calls()).isEqualTo((long) THREADS * RUNS_OF_A_THREAD);
    assertThat(statistics.runs()).isEqualTo((long) THREADS * RUNS_OF_A_THREAD);
    assertThat(statistics.failed().calls()).isEqualTo((long) THREADS * RUNS_OF_A_THREAD);
  }

  private void countMany() {
    Batch one = batch(0);
    for (int i = 0; i < RUNS_OF_A_THREAD; i++) {
      totals.answered(one, run(1 + i % 300, 0));
      totals.failed(one.requests().get(0), 1);
    }
  }
}
