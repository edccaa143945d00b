package io.millrace.server.inference;

/**
 * Limits of what the server takes on at a time.
 *
 * @param maxInFlightBytes bytes of input tensors of all calls that wait or run
 */
public record InferenceOptions(long maxInFlightBytes) {
  public InferenceOptions {
    if (maxInFlightBytes < 1) {
      throw new IllegalArgumentException("a limit is 1 byte or more, got " + maxInFlightBytes);
    }
  }

  /**
   * Half of the heap, since the bytes of a request live there; the rest is for parsing and answers.
   */
  public static InferenceOptions defaults() {
    return new InferenceOptions(Runtime.getRuntime().maxMemory() / 2);
  }
}
