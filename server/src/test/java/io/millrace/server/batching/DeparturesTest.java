package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.Cancellation;
import io.millrace.server.model.QueueBounds;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DeparturesTest {
  private final BatchQueue queue =
      new BatchQueue(BatchPolicy.ALONE, QueueBounds.ofCalls(1), System::nanoTime);
  private final RunTotals totals = new RunTotals();
  private final Departures departures = new Departures(queue, List.of(), totals);
  private final List<Runnable> actions = new ArrayList<>();

  private PendingRequest pending() {
    var request = Calls.cancelled(1, Cancellation.of(() -> true, actions::add));
    return new PendingRequest(request, System.nanoTime());
  }

  @Test
  void callThatWasTakenOver_leavesWithItsCaller() {
    PendingRequest pending = pending();

    assertThat(departures.takeOver(new Batch(List.of(pending)))).isTrue();
    assertThat(queue.rows()).isEqualTo(1);
    actions.forEach(Runnable::run);

    assertThat(queue.rows()).isZero();
    assertThat(pending.answer()).isCompletedExceptionally();
    assertThat(totals.snapshot().failed().calls()).isEqualTo(1);
  }

  @Test
  void callThatFindsNoRoom_isNotFollowed() {
    assertThat(queue.offer(pending())).isTrue();

    assertThat(departures.takeOver(new Batch(List.of(pending())))).isFalse();
    assertThat(actions).isEmpty();
    assertThat(totals.snapshot().failed().calls()).isZero();
  }
}
