package io.millrace.server.lifecycle;

import java.time.Duration;

/**
 * Limits of loading and stopping.
 *
 * @param loadThreads versions that load at the same time; the others wait
 * @param stopTimeout how long a stop waits for loans to come back and loads to end
 */
public record LifecycleOptions(int loadThreads, Duration stopTimeout) {
  public static final LifecycleOptions DEFAULTS = new LifecycleOptions(2, Duration.ofSeconds(30));
}
