package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.DesiredVersions;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Watches the folder of models and utters the complete wish for each model whenever it changes.
 *
 * <p>All wishes come from one thread, named {@code repository}, which scans until {@link #close()}.
 * Start and close it from one thread, each once.
 */
public final class RepositoryWatcher implements AutoCloseable {
  private static final Duration LONGEST_CLOSE = Duration.ofSeconds(5);

  private final RepositoryOptions options;
  private final InstantSource clock;
  private final ThreadFactory threads;
  private final CountDownLatch closed = new CountDownLatch(1);
  private Consumer<List<Problem>> alarms = none -> {};
  private @Nullable Thread thread;

  public RepositoryWatcher(RepositoryOptions options, InstantSource clock, ThreadFactory threads) {
    this.options = options;
    this.clock = clock;
    this.threads = threads;
  }

  /**
   * Says, before the start, who hears what of the repository cannot be read, whenever that changes.
   */
  public void alarmsTo(Consumer<List<Problem>> listener) {
    alarms = listener;
  }

  /**
   * Begins to scan.
   *
   * @param wishes takes the complete wish of a model that changed; it must not block for long
   * @param firstScanDone called once, after the wishes for what the repository held when it could
   *     first be read
   */
  public void start(Consumer<DesiredVersions> wishes, Runnable firstScanDone) {
    ScanRound round =
        new ScanRound(
            RepositoryScanner.of(options),
            new ScanPolicy(new ModelPolicy(new WishPolicy(options.allowTorchScript()))),
            clock,
            new ScanRound.Outlet(wishes, alarms, firstScanDone));
    Thread scanning = threads.newThread(() -> scanUntilClosed(round));
    scanning.setName("repository");
    thread = scanning;
    scanning.start();
  }

  /** Has the scan that runs be the last one; for a server whose models stay as they are. */
  public void scanNoMore() {
    closed.countDown();
  }

  /** Ends the scanning; no wish comes after it returns, unless the disk hangs for seconds. */
  @Override
  public void close() {
    closed.countDown();
    try {
      if (thread != null) {
        thread.join(LONGEST_CLOSE.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void scanUntilClosed(ScanRound round) {
    ThreadMXBean clocks = ManagementFactory.getThreadMXBean();
    ScanPace pace = new ScanPace(options.scanInterval());
    try {
      Duration pause;
      do {
        long began = clocks.getCurrentThreadCpuTime();
        round.run();
        Duration cpu = Duration.ofNanos(clocks.getCurrentThreadCpuTime() - began);
        pause = pace.pauseAfter(round.isSettled(), cpu);
      } while (!closed.await(pause.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
