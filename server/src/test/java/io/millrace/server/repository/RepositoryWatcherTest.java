package io.millrace.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.DesiredVersions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class RepositoryWatcherTest {
  @TempDir private Path root;

  private final BlockingQueue<DesiredVersions> wishes = new LinkedBlockingQueue<>();
  private final CountDownLatch firstScan = new CountDownLatch(1);
  private final AtomicReference<Thread> thread = new AtomicReference<>();

  @Test
  void startedWatcher_uttersWishesOnItsOwnThreadUntilClosed() throws InterruptedException {
    TestRepository files = new TestRepository(root);
    files.write("iris/1/model.onnx", "a");
    files.date(Instant.now().minusSeconds(60));
    Thread scanning;
    try (RepositoryWatcher watcher = watcher()) {
      watcher.start(wishes::add, firstScan::countDown);
      firstScan.await();
      assertThat(wishes.poll()).extracting(DesiredVersions::model).isEqualTo("iris");
      scanning = Objects.requireNonNull(thread.get());
      assertThat(scanning.getName()).isEqualTo("repository");

      files.write("wine/1/model.onnx", "b");
      assertThat(wishes.poll(20, TimeUnit.SECONDS))
          .extracting(DesiredVersions::model)
          .isEqualTo("wine");
    }
    assertThat(scanning.isAlive()).isFalse();
  }

  @Test
  void watcherThatIsToScanNoMore_endsBehindTheScanThatRuns() throws InterruptedException {
    TestRepository files = new TestRepository(root);
    files.write("iris/1/model.onnx", "a");
    files.date(Instant.now().minusSeconds(60));
    try (RepositoryWatcher watcher = watcher()) {
      watcher.start(wishes::add, watcher::scanNoMore);
      Objects.requireNonNull(thread.get()).join();

      assertThat(wishes).extracting(DesiredVersions::model).containsExactly("iris");
    }
  }

  @Test
  void watcherThatNeverStarted_closes() {
    watcher().close();

    assertThat(wishes).isEmpty();
  }

  private RepositoryWatcher watcher() {
    return new RepositoryWatcher(
        new RepositoryOptions(root, Duration.ofMillis(1), true),
        InstantSource.system(),
        task -> {
          Thread created = new Thread(task);
          thread.set(created);
          return created;
        });
  }
}
