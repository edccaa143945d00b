package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.Priority;
import io.millrace.server.model.QueueBounds;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Two instances; a row takes ten milliseconds of one. */
final class AdmissionTest {
  private static final int CALLS = 20;

  /** What those that wait take two instances, and the run of the one that comes. */
  private static final long NEEDED_MILLIS = 110;

  private long now = System.nanoTime();
  private final BatchQueue queue =
      new BatchQueue(BatchPolicy.ALONE, QueueBounds.ofCalls(CALLS + 4), () -> now);
  private final RunCost cost = new RunCost();
  private final Admission admission = new Admission(queue, cost, 2);

  private Optional<ServingException> admit(Priority priority, long millis) {
    long deadline = now + TimeUnit.MILLISECONDS.toNanos(millis);
    return admission.admit(
        new PendingRequest(Calls.due(1, deadline).urgent(priority, deadline), now));
  }

  private void fill() {
    for (int i = 0; i < CALLS; i++) {
      assertThat(admit(Priority.NORMAL, 3_600_000)).isEmpty();
    }
    cost.measured(1, TimeUnit.MILLISECONDS.toNanos(10));
  }

  @Test
  void callThatWouldWaitLongerThanItsCaller_isRefusedWithBothTimes() {
    fill();

    ServingException refusal = admit(Priority.NORMAL, NEEDED_MILLIS - 1).orElseThrow();
    assertThat(refusal.reason()).isEqualTo(Reason.MODEL_QUEUE_FULL);
    assertThat(refusal.getMessage()).contains("take about 110 ms", "waits for 109 ms");
    assertThat(refusal.retryDelay()).isEqualTo(Duration.ofMillis(100));
    assertThat(refusal.getStackTrace()).isEmpty();
    assertThat(admit(Priority.NORMAL, NEEDED_MILLIS)).isEmpty();
  }

  @Test
  void queueThatIsNeverEmpty_takesCallsForAThirdOfTheirTime() {
    fill();
    now += TimeUnit.MILLISECONDS.toNanos(111);

    ServingException refusal = admit(Priority.NORMAL, 3 * NEEDED_MILLIS - 1).orElseThrow();
    assertThat(refusal.getMessage()).startsWith("too many calls of model 'iris' are waiting");
    assertThat(admit(Priority.NORMAL, 3 * NEEDED_MILLIS + 6)).isEmpty();
  }

  @Test
  void queueThatWasEmptyAMomentAgo_takesABurst() throws InterruptedException {
    fill();
    now += TimeUnit.MILLISECONDS.toNanos(111);
    while (queue.rows() > 0) {
      assertThat(queue.take()).isPresent();
    }
    for (int i = 0; i < CALLS; i++) {
      assertThat(admit(Priority.NORMAL, 3_600_000)).isEmpty();
    }

    assertThat(admit(Priority.NORMAL, NEEDED_MILLIS)).isEmpty();
  }

  @Test
  void callThatFindsAnEmptyQueue_isTakenWhateverItsTime() {
    cost.measured(1, TimeUnit.MILLISECONDS.toNanos(10));

    assertThat(admit(Priority.NORMAL, 1)).isEmpty();
  }

  @Test
  void callOfHighPriority_doesNotWaitForTheOthers() {
    fill();

    assertThat(admit(Priority.HIGH, 0)).isEmpty();
  }

  @Test
  void callThatFindsNoRoom_isToldHowLongTheQueueIs() {
    fill();
    assertThat(admit(Priority.NORMAL, 3_600_000)).isEmpty();

    ServingException refusal = admit(Priority.NORMAL, 3_600_000).orElseThrow();
    assertThat(refusal.getMessage()).startsWith("too many calls of model 'iris' are waiting");
    assertThat(refusal.retryDelay()).isEqualTo(Duration.ofMillis(105));
  }

  @Test
  void costThatNobodyKnows_refusesNobody() {
    assertThat(admit(Priority.NORMAL, 1)).isEmpty();
    assertThat(admit(Priority.NORMAL, 1)).isEmpty();
  }
}
