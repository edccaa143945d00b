package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.config.DataSize;
import io.millrace.server.lifecycle.ModelAdmin.Manner;
import io.millrace.server.lifecycle.ModelAdmin.Order;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.TransitionOrder;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** How versions that failed are tried again; threads and time are the test's own. */
final class LoadRetryTest {
  private static final Duration DELAY = Duration.ofSeconds(5);

  private final ManualLifecycle house =
      new ManualLifecycle(
          new LifecycleOptions(
              1, Duration.ofMinutes(2), 2, DELAY, DataSize.ofMebibytes(1), Duration.ofSeconds(30)));
  private final AtomicInteger attempts = new AtomicInteger();

  /** Fails as a disk that is away would. */
  private void failLoad(long version) {
    house
        .loader()
        .onLoad(
            version,
            id -> {
              attempts.incrementAndGet();
              throw ServingException.failure(
                  Reason.MODEL_LOAD_FAILED, "the disk is away", new IOException("EIO"));
            });
  }

  private Reason reason(long version) {
    return house.status(version).problem().orElseThrow().reason();
  }

  /** Two retries, and time for ten more. */
  private void exhaust() {
    for (int i = 0; i < 12; i++) {
      house.pass(Duration.ofMinutes(5));
    }
  }

  @Test
  void failureThatPasses_endsInAVersionThatServes() {
    failLoad(1);
    house.settle(Wishes.newest(1, 1));
    assertThat(house.status(1).failures())
        .isEqualTo(new LoadFailures(1, Optional.of(ManualLifecycle.NOW.plus(DELAY))));
    house.loader().onLoad(1, FakeServable::plain);
    house.pass(DELAY);
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
    assertThat(house.status(1).failures()).isEqualTo(LoadFailures.NONE);
    assertThat(house.status(1).problem()).isEmpty();
  }

  @Test
  void beforeItsTime_nothingIsTried() {
    failLoad(1);
    house.settle(Wishes.newest(1, 1));
    house.pass(DELAY.minusMillis(1));
    house.settle(Wishes.newest(1, 1));
    assertThat(attempts).hasValue(1);
  }

  @Test
  void versionThatFailsEachTime_isQuarantinedWhileTheOldServes() {
    house.settle(Wishes.newest(1, 1));
    failLoad(2);
    house.settle(Wishes.newest(1, 2, 1));
    exhaust();
    assertThat(attempts).hasValue(3);
    assertThat(reason(2)).isEqualTo(Reason.MODEL_QUARANTINED);
    assertThat(house.status(2).failures()).isEqualTo(new LoadFailures(3, Optional.empty()));
    assertThat(house.acquireLatest().id().version()).isEqualTo(1);
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(0);
  }

  @Test
  void newBytes_endTheQuarantineAndCountAnew() {
    failLoad(1);
    house.settle(Wishes.written(1, "a"));
    exhaust();
    house.settle(Wishes.written(1, "b"));
    assertThat(attempts).hasValue(4);
    assertThat(house.status(1).failures().count()).isEqualTo(1);
    assertThat(reason(1)).isEqualTo(Reason.MODEL_LOAD_FAILED);
  }

  @Test
  void newSamples_endTheQuarantine_andReloadNothingThatServes() {
    failLoad(2);
    house.settle(Wishes.newest(1, 2, 1).triedOn("a"));
    exhaust();
    house.loader().onLoad(2, FakeServable::plain);
    house.settle(Wishes.newest(2, 2, 1).triedOn("a"));
    assertThat(reason(2)).isEqualTo(Reason.MODEL_QUARANTINED);

    house.settle(Wishes.newest(2, 2, 1).triedOn("b"));

    assertThat(house.status(2).state()).isEqualTo(VersionState.READY);
    assertThat(house.loader().loaded()).hasSize(2);
  }

  private void loadByHand() {
    var unused =
        house.manager().admin().load(new Order(Wishes.MODEL, OptionalLong.of(1), Manner.AT_ONCE));
    house.settle();
  }

  @Test
  void loadByHand_endsTheQuarantine() {
    failLoad(1);
    house.settle(Wishes.newest(1, 1));
    exhaust();
    house.loader().onLoad(1, FakeServable::plain);
    loadByHand();
    assertThat(house.status(1).state()).isEqualTo(VersionState.READY);
  }

  @Test
  void loadByHandThatFails_countsFromOne() {
    failLoad(1);
    house.settle(Wishes.newest(1, 1));
    exhaust();
    loadByHand();
    assertThat(house.status(1).failures().count()).isEqualTo(1);
    assertThat(house.status(1).failures().nextAttempt()).isPresent();
  }

  @Test
  void versionDeletedBeforeItsRetry_isNotTried() {
    failLoad(1);
    house.settle(Wishes.newest(1, 1));
    house.settle(Wishes.nothing());
    exhaust();
    assertThat(attempts).hasValue(1);
    assertThat(house.manager().models()).isEmpty();
  }

  @Test
  void alarmOfAnEarlierRecord_doesNotTouchTheNewOne() {
    failLoad(1);
    house.settle(Wishes.written(1, "a"));
    house.pass(Duration.ofSeconds(3));
    house.settle(Wishes.written(1, "b"));
    house.pass(Duration.ofSeconds(3));
    assertThat(attempts).hasValue(2);
    house.pass(Duration.ofSeconds(2));
    assertThat(attempts).hasValue(3);
  }

  @Test
  void versionThatANewerOneReplaced_isNotTriedAgain() {
    failLoad(1);
    house.settle(Wishes.newest(1, 1));
    house.settle(Wishes.newest(1, 2, 1));
    exhaust();
    assertThat(attempts).hasValue(1);
    assertThat(house.acquireLatest().id().version()).isEqualTo(2);
  }

  @Test
  void retryOfTheNewer_leavesTheOlderServingUntilItIsUp() {
    failLoad(2);
    house.settle(Wishes.newest(1, 2, 1));
    try (ServableHandle handle = house.acquireLatest()) {
      assertThat(handle.id().version()).isEqualTo(1);
    }
    house.loader().onLoad(2, FakeServable::plain);
    house.events.clear();
    house.pass(DELAY);
    assertThat(house.events)
        .containsExactly(
            "2 NEW", "2 LOADING", "2 READY", "1 DRAINING", "1 UNLOADING", "1 UNLOADED");
  }

  @Test
  void anotherOrderOfTransitions_isWorthAnotherAttempt() {
    house.settle(Wishes.newest(1, 1));
    failLoad(2);
    house.settle(Wishes.newest(1, 2, 1));
    house.loader().onLoad(2, FakeServable::plain);
    house.settle(Wishes.newest(1, 2, 1).inOrder(TransitionOrder.RESOURCE_PRESERVING));
    assertThat(house.status(1).state()).isEqualTo(VersionState.UNLOADED);
    assertThat(house.status(2).state()).isEqualTo(VersionState.READY);
  }
}
