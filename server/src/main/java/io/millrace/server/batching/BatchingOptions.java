package io.millrace.server.batching;

import io.millrace.server.model.InstancesConfig;
import io.millrace.server.model.QueueBounds;

/**
 * Limits of one version's queue and instances.
 *
 * @param queue what may wait for an instance where the model's configuration does not say
 * @param defaultInstances instances of a model whose configuration names no number
 * @param maxBatchSize rows that may run together where the model's configuration names no number; 1
 *     switches batching off
 */
public record BatchingOptions(QueueBounds queue, int defaultInstances, int maxBatchSize) {
  /** Four instances feed most machines; more would hold memory that small models never use. */
  private static final int MAX_DEFAULT_INSTANCES = 4;

  private static final int STANDARD_CALLS = 1_024;

  public BatchingOptions {
    if (queue.calls() < 1 || queue.bytes() < 1 || defaultInstances < 1 || maxBatchSize < 1) {
      throw new IllegalArgumentException(
          "a queue holds, a model has and a batch takes 1 or more, got %s, %d and %d"
              .formatted(queue, defaultInstances, maxBatchSize));
    }
  }

  /**
   * One instance for each core, up to four, 1,024 requests that wait, and 32 rows that run
   * together. What waits for one model takes a quarter of the heap at most: half of it is for all
   * calls together, so no model can have it all.
   */
  public static BatchingOptions defaults() {
    QueueBounds queue = new QueueBounds(STANDARD_CALLS, Runtime.getRuntime().maxMemory() / 4);
    return new BatchingOptions(queue, Math.min(cores(), MAX_DEFAULT_INSTANCES), 32);
  }

  /** How many instances a model has: what it asks for, or as many as do not fight for the cores. */
  int instances(InstancesConfig asked) {
    return asked.count() > 0 ? asked.count() : instances(cores(), asked.threads());
  }

  int instances(int cores, int threads) {
    return Math.max(1, Math.min(defaultInstances, cores / threads));
  }

  private static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }
}
