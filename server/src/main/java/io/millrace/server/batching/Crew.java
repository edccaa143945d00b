package io.millrace.server.batching;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that all instances share: as many as have work. One without work keeps its thread for
 * a while, as the next call then needs no change of threads, unless many do so. Thread-safe.
 *
 * @param replies completes the callers' futures
 */
record Crew(Executor threads, Executor replies, AtomicInteger onDuty) {
  private static final int IDLE_THREAD_SECONDS = 5;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MOST_PER_CORE = 2;

  /** A crew that has nobody yet. */
  static Crew with(Executor replies) {
    AtomicInteger count = new AtomicInteger();
    Executor threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            IDLE_THREAD_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, "worker-" + count.getAndIncrement());
              thread.setDaemon(true);
              return thread;
            });
    return new Crew(threads, replies, new AtomicInteger());
  }

  /** Has a thread do the work of an instance, whose name it has meanwhile. */
  void start(String instance, Runnable work) {
    threads.execute(() -> work(instance, work));
  }

  private void work(String instance, Runnable work) {
    Thread thread = Thread.currentThread();
    String own = thread.getName();
    thread.setName(instance);
    onDuty.incrementAndGet();
    try {
      work.run();
    } finally {
      onDuty.decrementAndGet();
      thread.setName(own);
    }
  }

  /** For how long an instance without work keeps its thread now. */
  long patienceNanos() {
    int most = MOST_PER_CORE * Runtime.getRuntime().availableProcessors();
    return onDuty.get() > most ? 0 : PATIENCE_NANOS;
  }
}
