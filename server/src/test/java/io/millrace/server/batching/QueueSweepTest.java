package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.QueueBounds;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class QueueSweepTest {
  private static final long NOW = System.nanoTime();

  private final BatchQueue queue =
      new BatchQueue(BatchPolicy.ALONE, QueueBounds.ofCalls(10), System::nanoTime);
  private final RunTotals totals = new RunTotals();
  private final QueueSweep sweep = new QueueSweep(queue, totals, NOW);
  private final AtomicBoolean gone = new AtomicBoolean();
  private final AtomicInteger looks = new AtomicInteger();

  private PendingRequest watched() {
    return new PendingRequest(
        Calls.cancelled(
            1,
            () -> {
              looks.incrementAndGet();
              return gone.get();
            }),
        0);
  }

  @Test
  void thoseNobodyWaitsFor_areTakenOutAndAnswered() {
    PendingRequest waiting = watched();
    queue.offer(waiting);
    gone.set(true);

    assertThat(sweep.makesRoom(NOW)).isTrue();
    assertThat(waiting.answer()).isCompletedExceptionally();
    assertThat(queue.rows()).isZero();
    assertThat(totals.snapshot().failed().calls()).isEqualTo(1);
  }

  @Test
  void manyRefusals_lookOnceInAPeriod() {
    queue.offer(watched());
    for (int i = 0; i < 1_000; i++) {
      assertThat(sweep.makesRoom(NOW + i)).isFalse();
    }
    assertThat(looks).hasValue(1);

    gone.set(true);
    assertThat(sweep.makesRoom(NOW + QueueSweep.PERIOD_NANOS - 1)).isFalse();
    assertThat(sweep.makesRoom(NOW + QueueSweep.PERIOD_NANOS)).isTrue();
  }
}
