package io.millrace.server.inference;

/**
 * Limits of what the server takes on at a time.
 *
 * @param maxInFlightBytes bytes of input tensors of all calls that wait or run
 * @param maxRows rows of one call: what an engine takes for each row can be a thousand times what
 *     its input takes, so bytes alone bound nothing
 * @param maxAnswerBytes the largest answer
 */
public record InferenceOptions(long maxInFlightBytes, int maxRows, int maxAnswerBytes) {
  /** What {@code --max-rows} is by default. */
  public static final int DEFAULT_MAX_ROWS = 50_000;

  public InferenceOptions {
    if (maxInFlightBytes < 1 || maxRows < 1 || maxAnswerBytes < 1) {
      throw new IllegalArgumentException(
          "a limit is 1 or more, got %d bytes, %d rows and %d bytes of an answer"
              .formatted(maxInFlightBytes, maxRows, maxAnswerBytes));
    }
  }

  /**
   * Half of the heap, since the bytes of a request live there; the rest is for parsing and answers.
   */
  public static InferenceOptions within(int maxRows, int maxAnswerBytes) {
    return new InferenceOptions(Runtime.getRuntime().maxMemory() / 2, maxRows, maxAnswerBytes);
  }
}
