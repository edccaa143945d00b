package io.millrace.server.bench;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Sends one request to the server, without waiting. Thread-safe. */
interface Caller extends AutoCloseable {
  /**
   * Begins a call.
   *
   * @param request as it goes on the wire
   * @param deadlineNanos how long to wait for the answer, more than 0
   * @param end told exactly once, on any thread, also on the calling one before this returns
   */
  void call(byte[] request, long deadlineNanos, End end);

  /** Cuts the connections. */
  @Override
  void close();

  /** The end of a call. */
  interface End {
    /** The server's answer, as it came on the wire. */
    void answered(byte[] answer);

    /**
     * There is no answer, or none that counts.
     *
     * @param reason what to count it under: the code, and the server's reason if it gave one
     * @param message for a person
     */
    void failed(String reason, String message);

    /** An end that also counts an answer as failed which a test does not accept. */
    static End checked(End end, @Nullable Predicate<byte[]> check) {
      return check == null ? end : new CheckedEnd(end, check);
    }
  }

  /** See {@link End#checked}. */
  record CheckedEnd(End end, Predicate<byte[]> check) implements End {
    @Override
    public void answered(byte[] answer) {
      if (check.test(answer)) {
        end.answered(answer);
      } else {
        end.failed("WRONG_ANSWER", "the answer is not the expected one");
      }
    }

    @Override
    public void failed(String reason, String message) {
      end.failed(reason, message);
    }
  }
}
