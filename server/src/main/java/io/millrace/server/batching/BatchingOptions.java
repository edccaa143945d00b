package io.millrace.server.batching;

/**
 * Limits of one version's queue and instances.
 *
 * @param queueCapacity requests that may wait for an instance; one more is refused
 * @param defaultInstances instances of a model whose configuration names no number
 */
public record BatchingOptions(int queueCapacity, int defaultInstances) {
  /** Four instances feed most machines; more would hold memory that small models never use. */
  private static final int MAX_DEFAULT_INSTANCES = 4;

  public BatchingOptions {
    if (queueCapacity < 1 || defaultInstances < 1) {
      throw new IllegalArgumentException(
          "a queue holds and a model has 1 or more, got %d and %d"
              .formatted(queueCapacity, defaultInstances));
    }
  }

  /** One instance for each core, up to four, and 256 waiting requests. */
  public static BatchingOptions defaults() {
    int cores = Runtime.getRuntime().availableProcessors();
    return new BatchingOptions(256, Math.min(cores, MAX_DEFAULT_INSTANCES));
  }
}
