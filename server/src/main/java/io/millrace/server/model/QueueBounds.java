package io.millrace.server.model;

/**
 * How much may wait for a model's instances; one more call is refused.
 *
 * @param calls that may wait; 0 lets the server choose
 * @param bytes that the inputs of those calls may take together; 0 lets the server choose
 */
public record QueueBounds(int calls, long bytes) {
  /** The server chooses. */
  public static final QueueBounds DERIVED = new QueueBounds(0, 0);

  public QueueBounds {
    if (calls < 0 || bytes < 0) {
      throw new IllegalArgumentException(
          "a bound is 0 or more, got %d calls and %d bytes".formatted(calls, bytes));
    }
  }

  /** So many calls, however large. */
  public static QueueBounds ofCalls(int calls) {
    return new QueueBounds(calls, Long.MAX_VALUE);
  }

  /** These bounds, with the standard ones where they are left to the server. */
  public QueueBounds orElse(QueueBounds standard) {
    return new QueueBounds(
        calls == 0 ? standard.calls : calls, bytes == 0 ? standard.bytes : bytes);
  }
}
