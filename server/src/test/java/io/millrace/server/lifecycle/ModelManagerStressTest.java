package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionSelector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Callers on real threads borrow and return while 200 versions replace each other. */
@Timeout(120)
final class ModelManagerStressTest {
  private static final int CALLERS = 8;
  private static final int VERSIONS = 200;
  private static final long SEED = 20_260_102;

  private final FakeLoader loader = new FakeLoader();
  private final ModelManager manager =
      new ModelManager(loader, new LifecycleOptions(2, Duration.ofMinutes(1)));
  private final ExecutorService threads = Executors.newFixedThreadPool(CALLERS);
  private final Semaphore loans = new Semaphore(0);
  private volatile boolean over;

  @AfterEach
  void endThreads() {
    threads.shutdownNow();
  }

  @Test
  void versionsUnderLoad_replaceEachOtherWithoutALostCall() throws InterruptedException {
    failEverySeventh();
    serveFirst();
    List<CompletableFuture<Void>> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      Random random = new Random(SEED + i);
      callers.add(CompletableFuture.runAsync(() -> call(random), threads));
    }
    CountDownLatch lastServes = listenFor(VERSIONS);
    swapVersions(new Random(SEED - 1));
    assertThat(lastServes.await(60, TimeUnit.SECONDS)).isTrue();
    over = true;
    assertThat(callers)
        .allSatisfy(caller -> assertThat(caller).succeedsWithin(60, TimeUnit.SECONDS));
    manager.close();
    assertThat(manager.models()).isEmpty();
    assertThat(loader.loaded()).allMatch(servable -> servable.closes() == 1);
  }

  private void failEverySeventh() {
    for (long version = 7; version < VERSIONS; version += 7) {
      loader.onLoad(
          version,
          id -> {
            throw ServingException.refusal(Reason.MODEL_LOAD_FAILED, "damaged");
          });
    }
  }

  private void serveFirst() throws InterruptedException {
    CountDownLatch serves = listenFor(1);
    manager.accept(Wishes.newest(1, 1));
    assertThat(serves.await(60, TimeUnit.SECONDS)).isTrue();
  }

  private CountDownLatch listenFor(long version) {
    CountDownLatch serves = new CountDownLatch(1);
    manager.addListener(
        new VersionListener() {
          @Override
          public void onVersionChanged(VersionStatus status) {
            if (status.id().version() == version && status.state() == VersionState.READY) {
              serves.countDown();
            }
          }

          @Override
          public void onReadinessChanged(boolean ready) {}
        });
    return serves;
  }

  /** Gives the callers some loans between two wishes, now and then none. */
  private void swapVersions(Random random) throws InterruptedException {
    for (long version = 2; version <= VERSIONS; version++) {
      manager.accept(Wishes.newest(1, version, version - 1));
      loans.drainPermits();
      int loansMeanwhile = random.nextInt(3) * random.nextInt(3_000);
      assertThat(loans.tryAcquire(loansMeanwhile, 20, TimeUnit.SECONDS)).isTrue();
    }
  }

  private void call(Random random) {
    List<ServableHandle> open = new ArrayList<>();
    while (!over) {
      open.add(manager.acquire(Wishes.MODEL, VersionSelector.LATEST));
      if (random.nextInt(50) == 0) {
        tryNumber(1 + random.nextInt(VERSIONS), open);
      }
      open.forEach(handle -> used(handle).assertUsable());
      while (open.size() > random.nextInt(3)) {
        open.remove(random.nextInt(open.size())).close();
      }
      loans.release();
    }
    open.forEach(ServableHandle::close);
  }

  /** Mostly there is no such version; if there is one, it is lent like any other. */
  private void tryNumber(long version, List<ServableHandle> open) {
    try {
      open.add(manager.acquire(Wishes.MODEL, new VersionSelector.ByNumber(version)));
    } catch (ServingException refused) {
      assertThat(refused.reason())
          .isIn(Reason.VERSION_NOT_FOUND, Reason.MODEL_LOADING, Reason.MODEL_LOAD_FAILED);
    }
  }

  private static FakeServable used(ServableHandle handle) {
    return (FakeServable) handle.servable();
  }
}
