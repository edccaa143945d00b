package io.millrace.server.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class DecodeMemoryTest {
  private final ServingException over = ServingException.refusal(Reason.DEADLINE_IN_QUEUE, "over");

  private final DecodeMemory memory = new DecodeMemory(100);

  /** Loses its patience when it is asked for the third time. */
  private Runnable patience(AtomicInteger looks) {
    return () -> {
      if (looks.incrementAndGet() == 3) {
        throw over;
      }
    };
  }

  @Test
  void whoFindsTooLittle_waitsUntilItIsOver() {
    AtomicInteger looks = new AtomicInteger();

    try (DecodeMemory.Share one = memory.open();
        DecodeMemory.Share other = memory.open()) {
      one.take("body", "to decode it", 60, () -> {});
      assertThatThrownBy(() -> other.take("body", "to decode it", 60, patience(looks)))
          .isSameAs(over);
    }
    assertThat(looks).hasValue(3);
  }

  /** However many come whose little would fit at once. */
  @Test
  void whoWaitsForMuch_keepsItsPlace() throws InterruptedException {
    CountDownLatch waits = new CountDownLatch(1);
    DecodeMemory.Share one = memory.open();
    one.take("body", "to decode it", 60, () -> {});
    CompletableFuture<String> large =
        CompletableFuture.supplyAsync(
            () -> {
              try (DecodeMemory.Share share = memory.open()) {
                share.take("body", "to decode it", 90, waits::countDown);
                return "done";
              }
            });
    waits.await();

    try (DecodeMemory.Share small = memory.open()) {
      assertThatThrownBy(
              () -> small.take("body", "to decode it", 30, patience(new AtomicInteger())))
          .isSameAs(over);
    }
    one.close();
    assertThat(large.join()).isEqualTo("done");
  }

  /** Two that wait with what they hold would wait for each other. */
  @Test
  void whoHoldsSomething_doesNotWait() {
    try (DecodeMemory.Share one = memory.open();
        DecodeMemory.Share other = memory.open()) {
      one.take("body", "to decode it", 40, () -> {});
      other.take("body", "to decode it", 40, () -> {});

      assertThatThrownBy(() -> one.take("body", "to decode it", 40, () -> {}))
          .isInstanceOfSatisfying(
              ServingException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.SERVER_OVERLOADED));
      assertThatThrownBy(() -> one.take("body", "to decode it", 61, () -> {}))
          .isInstanceOfSatisfying(
              ServingException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE));
      one.take("body", "to decode it", 20, () -> {});
    }
  }

  /** Every small body of JSON does so on an event loop. */
  @Test
  void whoTookNothing_needsNoLock() throws Exception {
    synchronized (memory) {
      CompletableFuture.runAsync(() -> memory.open().close()).get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void whatIsTooLargeBesideOthers_isToldApartFromWhatIsTooLargeAlone() {
    try (DecodeMemory.Share share = new DecodeMemory(100 << 20).open()) {
      share.take("instances[0]", "to decode it", 60 << 20, () -> {});
      share.shrinkTo((30 << 20) + 1);

      assertThatThrownBy(() -> share.take("instances[1]", "to decode it", 80 << 20, () -> {}))
          .hasMessage(
              "instances[1]: to decode it takes 80 MiB beside the 31 MiB that the images of this call hold, this server has 100 MiB for both; send fewer or smaller ones in a call, or give it a larger heap");
      assertThatThrownBy(
              () -> share.take("instances[1]", "to decode it", (100 << 20) + 1, () -> {}))
          .hasMessage(
              "instances[1]: to decode it takes 101 MiB, this server has 100 MiB for it; send a smaller one, or give it a larger heap");
    }
  }

  @Test
  void whatWasTaken_comesBack() {
    for (int i = 0; i < 3; i++) {
      try (DecodeMemory.Share share = memory.open()) {
        share.take("body", "to decode it", 90, () -> {});
        share.shrinkTo(10);
        share.take("body", "to decode it", 90, () -> {});
      }
    }
  }
}
