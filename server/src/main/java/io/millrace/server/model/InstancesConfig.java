package io.millrace.server.model;

/**
 * What a model's configuration says of its executing copies.
 *
 * @param count of the copies; 0 lets the server choose
 * @param threads that one run may spread over
 */
public record InstancesConfig(int count, int threads) {
  /** The server chooses how many, and each runs on its own thread alone. */
  public static final InstancesConfig DERIVED = new InstancesConfig(0, 1);

  public InstancesConfig {
    if (count < 0 || threads < 1) {
      throw new IllegalArgumentException(
          "a model has 0 instances or more with a thread or more, got %d and %d"
              .formatted(count, threads));
    }
  }
}
