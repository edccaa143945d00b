package io.millrace.server.model;

import java.time.Duration;

/**
 * What a model's configuration says of running the rows of several requests together.
 *
 * @param maxBatchSize rows that may run together; 1 switches batching off, 0 lets the server find
 *     out whether it pays
 * @param maxQueueDelay how long a request waits for others to run with
 * @param queue how much may wait
 * @param runOn who may run the calls
 */
public record BatchingConfig(
    int maxBatchSize, Duration maxQueueDelay, QueueBounds queue, RunPlace runOn) {
  /** The server decides, and no request waits for another. */
  public static final BatchingConfig DERIVED =
      new BatchingConfig(0, Duration.ZERO, QueueBounds.DERIVED, RunPlace.AUTO);
}
