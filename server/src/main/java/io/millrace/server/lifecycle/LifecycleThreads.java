package io.millrace.server.lifecycle;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that move versions.
 *
 * @param lifecycle runs one task at a time, in order, and drops what comes after the stop
 * @param loaders run loads and unloads, which take long
 */
record LifecycleThreads(ExecutorService lifecycle, ExecutorService loaders) {
  static LifecycleThreads start(int loadThreads) {
    return new LifecycleThreads(
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            named("lifecycle"),
            new ThreadPoolExecutor.DiscardPolicy()),
        Executors.newFixedThreadPool(loadThreads, named("loader")));
  }

  void stop() {
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
}
