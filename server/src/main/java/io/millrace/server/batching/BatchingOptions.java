package io.millrace.server.batching;

/**
 * Limits of one version's queue and instances.
 *
 * @param queueCapacity requests that may wait for an instance; one more is refused
 * @param defaultInstances instances of a model whose configuration names no number
 * @param maxBatchSize rows that may run together where the model's configuration names no number; 1
 *     switches batching off
 */
public record BatchingOptions(int queueCapacity, int defaultInstances, int maxBatchSize) {
  /** Four instances feed most machines; more would hold memory that small models never use. */
  private static final int MAX_DEFAULT_INSTANCES = 4;

  public BatchingOptions {
    if (queueCapacity < 1 || defaultInstances < 1 || maxBatchSize < 1) {
      throw new IllegalArgumentException(
          "a queue holds, a model has and a batch takes 1 or more, got %d, %d and %d"
              .formatted(queueCapacity, defaultInstances, maxBatchSize));
    }
  }

  /**
   * One instance for each core, up to four, 1,024 requests that wait, and 32 rows that run
   * together.
   */
  public static BatchingOptions defaults() {
    int cores = Runtime.getRuntime().availableProcessors();
    return new BatchingOptions(1_024, Math.min(cores, MAX_DEFAULT_INSTANCES), 32);
  }
}
