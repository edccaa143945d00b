package io.millrace.server.lifecycle;

import io.millrace.server.config.ConfigReader;
import io.millrace.server.config.DataSize;
import java.time.Duration;

/**
 * Limits of loading and stopping.
 *
 * @param loadThreads versions that load at the same time; the others wait
 * @param loadTimeout how long a load may take before it is given up
 * @param loadRetries how often a version that failed is tried again, where that may help
 * @param loadRetryDelay the pause before the first retry; it doubles each time
 * @param memoryBudget bytes that all versions together may take outside of the heap, by estimates
 * @param stopTimeout how long a stop waits for loans to come back and loads to end
 */
public record LifecycleOptions(
    int loadThreads,
    Duration loadTimeout,
    int loadRetries,
    Duration loadRetryDelay,
    DataSize memoryBudget,
    Duration stopTimeout) {
  public static final LifecycleOptions DEFAULTS = new LifecycleOptions(2, Duration.ofSeconds(30));

  /** The standard limits but for these. */
  public LifecycleOptions(int loadThreads, Duration stopTimeout) {
    this(
        loadThreads,
        Duration.ofMinutes(2),
        5,
        Duration.ofSeconds(5),
        new DataSize(MemoryBudget.standard()),
        stopTimeout);
  }

  /**
   * Reads {@code load-threads}, {@code load-timeout}, {@code load-retries}, {@code
   * load-retry-delay} and {@code model-memory-budget}.
   */
  public static LifecycleOptions from(ConfigReader reader, Duration stopTimeout) {
    return new LifecycleOptions(
        reader.integer("load-threads", DEFAULTS.loadThreads, 1, 64),
        reader.duration(
            "load-timeout", DEFAULTS.loadTimeout, Duration.ofSeconds(1), Duration.ofHours(24)),
        reader.integer("load-retries", DEFAULTS.loadRetries, 0, 1_000),
        reader.duration(
            "load-retry-delay",
            DEFAULTS.loadRetryDelay,
            Duration.ofMillis(100),
            RetryPolicy.LONGEST_DELAY),
        reader.dataSize(
            "model-memory-budget",
            DEFAULTS.memoryBudget,
            DataSize.ofMebibytes(1),
            DataSize.ofMebibytes(1 << 30)),
        stopTimeout);
  }

  RetryPolicy retries() {
    return new RetryPolicy(loadRetries, loadRetryDelay);
  }
}
