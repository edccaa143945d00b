package io.millrace.server.model;

import java.time.Duration;

/**
 * How the calls of a loaded version may run. Its model and its settings say it, and no measurement,
 * so that clients are told the same after each load.
 *
 * @param maxBatchSize rows of several calls that run together at most, where it pays; 1 where each
 *     call runs alone
 * @param maxQueueDelay how long a call waits for others to run with, where it does
 * @param instances executing copies that take calls from the queue
 */
public record Scheduling(int maxBatchSize, Duration maxQueueDelay, int instances) {
  /** Each call alone, one after the other. */
  public static final Scheduling ALONE = new Scheduling(1, Duration.ZERO, 1);

  public Scheduling {
    if (maxBatchSize < 1 || maxQueueDelay.isNegative() || instances < 1) {
      throw new IllegalArgumentException(
          "a version runs 1 row or more, waits 0 or longer and has 1 instance or more, got %d, %s and %d"
              .formatted(maxBatchSize, maxQueueDelay, instances));
    }
  }

  /** Whether the rows of several calls may run together. */
  public boolean batches() {
    return maxBatchSize > 1;
  }
}
