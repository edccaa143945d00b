package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.Priority;
import io.millrace.server.model.QueueBounds;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class BatchQueueTest {
  private final BatchQueue queue =
      new BatchQueue(BatchPolicy.ALONE, QueueBounds.ofCalls(2), System::nanoTime);

  private static PendingRequest pendingOf(InferenceRequest request, long nowNanos) {
    return new PendingRequest(request, nowNanos);
  }

  private static PendingRequest pending(int value) {
    return pendingOf(Calls.call(value), 0);
  }

  private CompletableFuture<Optional<Batch>> takeElsewhere() {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return queue.take();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void first_isServedFirst() throws InterruptedException {
    PendingRequest first = pending(1);
    PendingRequest second = pending(2);
    assertThat(queue.offer(first)).isTrue();
    assertThat(queue.offer(second)).isTrue();
    assertThat(queue.take()).contains(new Batch(List.of(first)));
    assertThat(queue.take()).contains(new Batch(List.of(second)));
  }

  @Test
  void full_takesNoMoreUntilOneLeaves() throws InterruptedException {
    assertThat(queue.offer(pending(1))).isTrue();
    assertThat(queue.offer(pending(2))).isTrue();
    assertThat(queue.offer(pending(3))).isFalse();
    assertThat(queue.take()).isPresent();
    assertThat(queue.offer(pending(3))).isTrue();
  }

  @Test
  void closed_takesNoMoreButGivesOutWhatItHas() throws InterruptedException {
    assertThat(queue.offer(pending(1))).isTrue();
    queue.close();
    assertThat(queue.offer(pending(2))).isFalse();
    assertThat(queue.take()).isPresent();
    assertThat(queue.take()).isEmpty();
    assertThat(queue.take()).isEmpty();
  }

  @Test
  void waitingTaker_getsTheNext() {
    CompletableFuture<Optional<Batch>> taken = takeElsewhere();
    PendingRequest next = pending(1);
    assertThat(queue.offer(next)).isTrue();
    assertThat(taken)
        .succeedsWithin(30, TimeUnit.SECONDS)
        .isEqualTo(Optional.of(new Batch(List.of(next))));
  }

  @Test
  void waitingTakers_leaveWhenTheQueueCloses() {
    CompletableFuture<Optional<Batch>> one = takeElsewhere();
    CompletableFuture<Optional<Batch>> other = takeElsewhere();
    queue.close();
    assertThat(one).succeedsWithin(30, TimeUnit.SECONDS).isEqualTo(Optional.empty());
    assertThat(other).succeedsWithin(30, TimeUnit.SECONDS).isEqualTo(Optional.empty());
  }

  @Test
  void takerThatRests_isCalledBackOnceByTheNextCall() throws InterruptedException {
    List<String> called = new ArrayList<>();
    assertThat(queue.take(0, () -> called.add("first")).mayRest()).isTrue();
    assertThat(queue.take(0, () -> called.add("second")).mayRest()).isTrue();

    assertThat(queue.offer(pending(1))).isTrue();
    assertThat(called).containsExactly("first");
    assertThat(queue.offer(pending(2))).isTrue();
    assertThat(called).containsExactly("first", "second");
    assertThat(queue.take(0, () -> {}).batch()).isPresent();
    assertThat(queue.take(0, () -> {}).batch()).isPresent();
    assertThat(queue.take(0, () -> called.add("again")).mayRest()).isTrue();
    assertThat(called).containsExactly("first", "second");
  }

  @Test
  void takersThatRest_areCalledBackToLeaveWhenTheQueueCloses() throws InterruptedException {
    List<String> called = new ArrayList<>();
    assertThat(queue.take(0, () -> called.add("one")).mayRest()).isTrue();
    assertThat(queue.take(0, () -> called.add("other")).mayRest()).isTrue();

    queue.close();

    assertThat(called).containsExactly("one", "other");
    assertThat(queue.take(0, () -> {})).isEqualTo(new BatchQueue.Taken(Optional.empty(), false));
  }

  @Test
  void callBackThatFindsNoThread_isTriedAgainWithTheNextCall() throws InterruptedException {
    AtomicInteger tries = new AtomicInteger();
    Runnable failsOnce =
        () -> {
          if (tries.incrementAndGet() == 1) {
            throw new OutOfMemoryError("no thread");
          }
        };
    assertThat(queue.take(0, failsOnce).mayRest()).isTrue();

    assertThat(queue.offer(pending(1))).isTrue();
    assertThat(tries).hasValue(1);
    assertThat(queue.offer(pending(2))).isTrue();
    assertThat(tries).hasValue(2);
  }

  @Test
  void takerWithPatience_restsWhenNothingCame() throws InterruptedException {
    assertThat(queue.take(TimeUnit.MILLISECONDS.toNanos(1), () -> {}).mayRest()).isTrue();
  }

  @Test
  void request_isObsoleteFromItsDeadlineOn() {
    PendingRequest waiting = pending(1);
    long deadline = waiting.request().deadlineNanos();
    assertThat(waiting.obsolete(deadline - 1)).isEmpty();
    assertThat(waiting.obsolete(deadline))
        .get()
        .extracting(ServingException::reason)
        .isEqualTo(Reason.DEADLINE_IN_QUEUE);
  }

  @Test
  void deadlineInTheQueue_tellsHowLongItWaited() {
    PendingRequest waiting =
        pendingOf(Calls.expired(1), System.nanoTime() - TimeUnit.SECONDS.toNanos(3));
    long now = waiting.enqueuedNanos() + TimeUnit.SECONDS.toNanos(3);
    assertThat(waiting.obsolete(now))
        .get()
        .extracting(Throwable::getMessage)
        .isEqualTo("the deadline passed after 3000 ms in the queue");
  }

  private static PendingRequest due(int value, long deadlineNanos) {
    return pendingOf(Calls.due(value, deadlineNanos), 0);
  }

  private static BatchQueue batching(int maxRows) {
    return new BatchQueue(new BatchPolicy(maxRows, 0), QueueBounds.ofCalls(100), System::nanoTime);
  }

  @Test
  void whoseCallerStopsWaitingFirst_leavesFirst() throws InterruptedException {
    BatchQueue urgent =
        new BatchQueue(BatchPolicy.ALONE, QueueBounds.ofCalls(10), System::nanoTime);
    // The clock wraps around between the first two.
    PendingRequest second = due(2, Long.MIN_VALUE + 5);
    PendingRequest first = due(1, Long.MAX_VALUE - 5);
    PendingRequest third = due(3, Long.MIN_VALUE + 5);
    List.of(second, first, third).forEach(urgent::offer);

    assertThat(urgent.take()).contains(new Batch(List.of(first)));
    assertThat(urgent.take()).contains(new Batch(List.of(second)));
    assertThat(urgent.take()).contains(new Batch(List.of(third)));
  }

  @Test
  void requestsThatMayRunTogether_leaveTogetherUpToTheRowsOfABatch() throws InterruptedException {
    BatchQueue batching = batching(4);
    List<PendingRequest> waiting =
        List.of(pending(1), pending(2), pending(3), pending(4), pending(5));
    waiting.forEach(batching::offer);

    assertThat(batching.take()).contains(new Batch(waiting.subList(0, 4)));
    assertThat(batching.rows()).isEqualTo(1);
    assertThat(batching.take()).contains(new Batch(waiting.subList(4, 5)));
    assertThat(batching.rows()).isZero();
  }

  @Test
  void requestsForOtherOutputsOrOfOtherShapes_leaveApart() throws InterruptedException {
    BatchQueue batching = batching(8);
    PendingRequest all = pending(1);
    PendingRequest one = pendingOf(Calls.asking(2, "z"), 0);
    PendingRequest alsoAll = pending(3);
    List.of(all, one, alsoAll).forEach(batching::offer);

    assertThat(batching.take()).contains(new Batch(List.of(all, alsoAll)));
    assertThat(batching.take()).contains(new Batch(List.of(one)));
  }

  @Test
  void delay_endsWhenTheBatchIsFullOrTheQueueCloses() {
    BatchQueue patient =
        new BatchQueue(
            new BatchPolicy(2, TimeUnit.HOURS.toNanos(1)),
            QueueBounds.ofCalls(10),
            System::nanoTime);
    CompletableFuture<Optional<Batch>> taken =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return patient.take();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    patient.offer(pendingOf(Calls.call(1), System.nanoTime()));
    assertThat(taken).isNotDone();
    patient.offer(pendingOf(Calls.call(2), System.nanoTime()));

    assertThat(taken)
        .succeedsWithin(30, TimeUnit.SECONDS)
        .satisfies(batch -> assertThat(batch.orElseThrow().rows()).isEqualTo(2));
  }

  @Test
  void delay_endsWithTheTimeAlone() throws InterruptedException {
    BatchQueue patient =
        new BatchQueue(
            new BatchPolicy(9, TimeUnit.MILLISECONDS.toNanos(5)),
            QueueBounds.ofCalls(10),
            System::nanoTime);
    patient.offer(pendingOf(Calls.call(1), System.nanoTime()));

    assertThat(patient.take()).isPresent();
  }

  @Test
  void normalCalls_leaveAnEighthOfTheQueueToHighOnes() {
    BatchQueue eight = new BatchQueue(BatchPolicy.ALONE, QueueBounds.ofCalls(8), System::nanoTime);
    for (int i = 0; i < 7; i++) {
      assertThat(eight.offer(pending(i))).isTrue();
    }
    assertThat(eight.offer(pending(8))).isFalse();
    PendingRequest high = pendingOf(Calls.call(9).urgent(Priority.HIGH, Long.MAX_VALUE), 0);

    assertThat(eight.offer(high)).isTrue();
    assertThat(eight.offer(high)).isFalse();
  }

  @Test
  void callWhoseInputsFindNoRoom_isRefusedUntilOthersLeave() throws InterruptedException {
    BatchQueue threeBytes =
        new BatchQueue(BatchPolicy.ALONE, new QueueBounds(100, 3), System::nanoTime);
    for (int i = 0; i < 3; i++) {
      assertThat(threeBytes.offer(pending(i))).isTrue();
    }
    assertThat(threeBytes.offer(pending(4))).isFalse();
    assertThat(threeBytes.takeOver(new Batch(List.of(pending(4))))).isFalse();

    assertThat(threeBytes.take()).isPresent();
    assertThat(threeBytes.offer(pending(4))).isTrue();
  }

  @Test
  void callThatIsLargerThanTheQueue_isTakenWhereNoneWaits() {
    BatchQueue tiny = new BatchQueue(BatchPolicy.ALONE, new QueueBounds(100, 0), System::nanoTime);

    assertThat(tiny.offer(pending(1))).isTrue();
    assertThat(tiny.offer(pending(2))).isFalse();
  }
}
