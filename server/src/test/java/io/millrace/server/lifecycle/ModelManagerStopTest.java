package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of versions, loads and loans when the server stops. */
@Timeout(60)
final class ModelManagerStopTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  /** Begins a stop on a thread of its own, which waits there until the rest is run by hand. */
  private static CompletableFuture<Void> beginStop(ManualLifecycle house) {
    CompletableFuture<Void> stop = CompletableFuture.runAsync(house.manager()::close);
    try {
      house.lifecycle.awaitAndRunNext();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return stop;
  }

  private static void assertEnds(CompletableFuture<Void> stop) {
    assertThat(stop).succeedsWithin(20, TimeUnit.SECONDS);
  }

  @Test
  void stop_unloadsEverythingAndEndsTheThreads() {
    ManualLifecycle house = new ManualLifecycle(LONG);
    house.settle(Wishes.newest(2, 2, 1));
    CompletableFuture<Void> stop = beginStop(house);
    assertThat(stop).isNotDone();
    house.settle();
    assertEnds(stop);
    assertThat(house.loader().loaded()).extracting(FakeServable::closes).containsExactly(1, 1);
    assertThat(house.manager().models()).isEmpty();
    assertThat(house.lifecycle.isShutdown()).isTrue();
    assertThat(house.loaders.isShutdown()).isTrue();
  }

  @Test
  void stopOfAnEmptyServer_endsAtOnce() {
    assertEnds(beginStop(new ManualLifecycle(LONG)));
  }

  @Test
  void stopDuringALoad_waitsForItAndNeverServesIt() {
    ManualLifecycle house = new ManualLifecycle(LONG);
    List<CompletableFuture<Void>> stops = new ArrayList<>();
    house
        .loader()
        .onLoad(
            1,
            id -> {
              house.lifecycle.runAll();
              stops.add(beginStop(house));
              return FakeServable.plain(id);
            });
    house.manager().accept(Wishes.newest(1, 1));
    house.lifecycle.runAll();
    house.loaders.runAll();
    assertThat(stops.get(0)).isNotDone();
    house.settle();
    assertEnds(stops.get(0));
    assertThat(house.events).contains("1 LOADING").doesNotContain("1 READY");
    assertThat(house.loader().newest().closes()).isEqualTo(1);
  }

  @Test
  void stopBeforeALoadHasBegun_neverBeginsIt() {
    ManualLifecycle house = new ManualLifecycle(LONG);
    house.manager().accept(Wishes.newest(1, 1));
    house.lifecycle.runAll();
    CompletableFuture<Void> stop = beginStop(house);
    assertThat(stop).isNotDone();
    house.settle();
    assertEnds(stop);
    assertThat(house.loader().loaded()).isEmpty();
    assertThat(house.events).containsExactly("1 NEW", "1 UNLOADED");
  }

  @Test
  void stop_waitsForOpenHandles() {
    ManualLifecycle house = new ManualLifecycle(LONG);
    house.settle(Wishes.newest(1, 1));
    ServableHandle handle = house.acquireLatest();
    CompletableFuture<Void> stop = beginStop(house);
    house.settle();
    assertThat(stop).isNotDone();
    assertThat(house.loader().newest().closes()).isZero();
    handle.close();
    house.settle();
    assertEnds(stop);
    assertThat(house.loader().newest().closes()).isEqualTo(1);
  }

  @Test
  void stopThatTimesOut_leavesWhatIsInUse() {
    ManualLifecycle house = new ManualLifecycle(Duration.ZERO);
    house.settle(Wishes.newest(1, 1));
    ServableHandle handle = house.acquireLatest();
    house.manager().close();
    house.settle();
    assertThat(house.loader().newest().closes()).isZero();
    assertThat(house.status(1).state()).isEqualTo(VersionState.DRAINING);
    handle.close();
    house.settle();
    assertThat(house.loader().newest().closes()).isEqualTo(1);
  }

  @Test
  void wishAfterTheStop_isNotHeard() {
    ManualLifecycle house = new ManualLifecycle();
    house.manager().close();
    house.settle(Wishes.newest(1, 1));
    assertThat(house.events).isEmpty();
    assertThat(house.manager().models()).isEmpty();
  }

  @Test
  void secondStop_doesNothing() {
    ManualLifecycle house = new ManualLifecycle(LONG);
    assertEnds(beginStop(house));
    house.manager().close();
  }

  @Test
  void ownThreads_dropWhatComesAfterTheStop() {
    FakeLoader loader = new FakeLoader();
    ModelManager manager = new ModelManager(loader, LifecycleOptions.DEFAULTS);
    manager.close();
    manager.accept(Wishes.newest(1, 1));
    manager.firstScanDone();
    assertThat(loader.loaded()).isEmpty();
    assertThat(manager.isReady()).isFalse();
  }

  @Test
  void interruptedStop_endsAtOnceAndKeepsTheInterrupt() {
    ManualLifecycle house = new ManualLifecycle(LONG);
    house.settle(Wishes.newest(1, 1));
    Thread.currentThread().interrupt();
    house.manager().close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(house.lifecycle.isShutdown()).isFalse();
  }
}
