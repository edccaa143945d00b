package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class BatchQueueTest {
  private final BatchQueue queue = new BatchQueue(2);

  private static PendingRequest pending(int value) {
    return PendingRequest.of(Calls.call(value), 0);
  }

  private CompletableFuture<Optional<PendingRequest>> takeElsewhere() {
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
    assertThat(queue.take()).containsSame(first);
    assertThat(queue.take()).containsSame(second);
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
    CompletableFuture<Optional<PendingRequest>> taken = takeElsewhere();
    PendingRequest next = pending(1);
    assertThat(queue.offer(next)).isTrue();
    assertThat(taken).succeedsWithin(30, TimeUnit.SECONDS).isEqualTo(Optional.of(next));
  }

  @Test
  void waitingTakers_leaveWhenTheQueueCloses() {
    CompletableFuture<Optional<PendingRequest>> one = takeElsewhere();
    CompletableFuture<Optional<PendingRequest>> other = takeElsewhere();
    queue.close();
    assertThat(one).succeedsWithin(30, TimeUnit.SECONDS).isEqualTo(Optional.empty());
    assertThat(other).succeedsWithin(30, TimeUnit.SECONDS).isEqualTo(Optional.empty());
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
        PendingRequest.of(Calls.expired(1), System.nanoTime() - TimeUnit.SECONDS.toNanos(3));
    long now = waiting.enqueuedNanos() + TimeUnit.SECONDS.toNanos(3);
    assertThat(waiting.obsolete(now))
        .get()
        .extracting(Throwable::getMessage)
        .isEqualTo("the deadline passed after 3000 ms in the queue");
  }
}
