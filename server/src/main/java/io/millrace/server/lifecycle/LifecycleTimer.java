package io.millrace.server.lifecycle;

import java.time.Duration;

/** Runs tasks later, on whatever thread it likes; drops those that come due after its stop. */
interface LifecycleTimer {
  void after(Duration delay, Runnable task);

  void stop();
}
