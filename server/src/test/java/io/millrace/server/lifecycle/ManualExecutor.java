package io.millrace.server.lifecycle;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Runs its tasks when the test says so: in order, on the test's own thread. Thread-safe. */
public final class ManualExecutor extends AbstractExecutorService {
  private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  private volatile boolean shutdown;

  @Override
  public void execute(Runnable task) {
    if (shutdown) {
      throw new IllegalStateException("a task came after the stop");
    }
    tasks.add(task);
  }

  /** Runs the oldest task; false if there is none. */
  public boolean runNext() {
    Runnable task = tasks.poll();
    if (task == null) {
      return false;
    }
    task.run();
    return true;
  }

  /** Takes the oldest task away, to be run by the test when it likes. */
  public Runnable takeNext() {
    return tasks.remove();
  }

  /** Runs all tasks, and those that they add; false if there was none. */
  public boolean runAll() {
    boolean any = false;
    while (runNext()) {
      any = true;
    }
    return any;
  }

  /** Runs the oldest task; waits for it if another thread has yet to add it. */
  public void awaitAndRunNext() throws InterruptedException {
    Runnable task = tasks.poll(20, TimeUnit.SECONDS);
    if (task == null) {
      throw new IllegalStateException("no task came");
    }
    task.run();
  }

  @Override
  public void shutdown() {
    shutdown = true;
  }

  @Override
  public List<Runnable> shutdownNow() {
    shutdown = true;
    List<Runnable> left = new ArrayList<>();
    tasks.drainTo(left);
    return left;
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return shutdown && tasks.isEmpty();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return isTerminated();
  }
}
