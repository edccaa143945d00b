package io.millrace.server.lifecycle;

import java.time.Duration;

/** Runs tasks later, on whatever thread it likes; drops those that come due after its stop. */
interface LifecycleTimer {
  /**
   * Runs a task once.
   *
   * @return drops the task, with all that it holds, unless it has run
   */
  Runnable after(Duration delay, Runnable task);

  void stop();
}
