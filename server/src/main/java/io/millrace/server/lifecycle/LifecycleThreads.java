package io.millrace.server.lifecycle;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that move versions.
 *
 * @param lifecycle runs one task at a time, in order, and drops what comes after the stop
 * @param loaders run loads and unloads, which take long; how many at a time is their users' affair,
 *     since a load that hangs must not hold up others
 * @param timer wakes the lifecycle thread
 */
record LifecycleThreads(ExecutorService lifecycle, ExecutorService loaders, LifecycleTimer timer) {
  static LifecycleThreads start() {
    return new LifecycleThreads(
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            named("lifecycle"),
            new ThreadPoolExecutor.DiscardPolicy()),
        Executors.newCachedThreadPool(named("loader")),
        new OwnTimer());
  }

  void stop() {
    timer.stop();
    loaders.shutdown();
    lifecycle.shutdown();
  }

  /** Daemons, so that a load which never ends cannot keep the process from ending. */
  private static ThreadFactory named(String name) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + count.getAndIncrement());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** A timer with a thread of its own, from its first task on. */
  private static final class OwnTimer implements LifecycleTimer {
    private final ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(
            1, named("lifecycle-timer"), new ThreadPoolExecutor.DiscardPolicy());

    OwnTimer() {
      executor.setRemoveOnCancelPolicy(true);
    }

    @Override
    public Runnable after(Duration delay, Runnable task) {
      Future<?> timed = executor.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
      return () -> timed.cancel(false);
    }

    @Override
    public void stop() {
      executor.shutdownNow();
    }
  }
}
