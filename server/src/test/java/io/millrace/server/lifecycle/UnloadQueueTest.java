package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Closes and what follows them; threads and time are the test's own. */
final class UnloadQueueTest {
  private final ManualExecutor lifecycle = new ManualExecutor();
  private final ManualExecutor loaders = new ManualExecutor();
  private final ManualTimer timer = new ManualTimer(ManualLifecycle.NOW);
  private final AtomicInteger givenBack = new AtomicInteger();
  private final UnloadQueue queue =
      new UnloadQueue(
          new LifecycleThreads(lifecycle, loaders, timer),
          servable -> servable.close(),
          givenBack::incrementAndGet);
  private final List<Long> closed = new ArrayList<>();

  private FakeServable add(long version) {
    FakeServable servable = FakeServable.plain(Wishes.id(version));
    queue.add(Wishes.id(version), servable, () -> closed.add(version));
    return servable;
  }

  private void settle() {
    while (lifecycle.runAll() || loaders.runAll()) {
      // Each may give the other new tasks.
    }
  }

  @Test
  void ofManyCloses_twoRunAtATime() {
    for (long version = 1; version <= 5; version++) {
      add(version);
    }
    assertThat(loaders.runNext()).isTrue();
    assertThat(loaders.runNext()).isTrue();
    assertThat(loaders.runNext()).isFalse();
    settle();
    assertThat(closed).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void closeThatFails_holdsUpNothing() {
    add(1)
        .onClose(
            () -> {
              throw new NoClassDefFoundError("gone");
            });
    add(2);
    settle();
    assertThat(closed).containsExactly(1L, 2L);
  }

  @Test
  void memory_isGivenBackOnceForManyClosesAndOnlyAfterAPause() {
    add(1);
    add(2);
    add(3);
    settle();
    timer.pass(UnloadQueue.PAUSE.minusMillis(1));
    settle();
    assertThat(givenBack).hasValue(0);
    timer.pass(Duration.ofMillis(1));
    settle();
    assertThat(givenBack).hasValue(1);
  }

  @Test
  void laterClose_givesMemoryBackAgain() {
    add(1);
    settle();
    timer.pass(UnloadQueue.PAUSE);
    add(2);
    settle();
    timer.pass(UnloadQueue.PAUSE);
    settle();
    assertThat(givenBack).hasValue(2);
  }

  @Test
  void whileNothingGoes_nothingIsGivenBack() {
    timer.pass(Duration.ofHours(1));
    settle();
    assertThat(givenBack).hasValue(0);
  }
}
