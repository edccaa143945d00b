package io.millrace.server.inference;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.Map;

/**
 * The memory that one answer may take beyond what its model gave, within the bound of all calls.
 * Confined to the thread that makes the answer.
 */
public final class AnswerRoom implements AutoCloseable {
  private final AdmissionLimiter limiter;
  private final int maxBytes;
  private long taken;

  /**
   * @param maxBytes the largest answer
   */
  AnswerRoom(AdmissionLimiter limiter, int maxBytes) {
    this.limiter = limiter;
    this.maxBytes = (int) Math.min(maxBytes, limiter.maxBytes());
  }

  int maxBytes() {
    return maxBytes;
  }

  /**
   * Takes so many bytes more.
   *
   * @throws ServingException with MESSAGE_TOO_LARGE if that is more than an answer may take, with
   *     SERVER_OVERLOADED if other calls leave no room
   */
  public void take(long more) {
    if (taken + more > maxBytes) {
      throw ServingException.refusal(
              Reason.MESSAGE_TOO_LARGE,
              "the classes by name take more than %d bytes, the limit of an answer; ask for fewer classes or rows"
                  .formatted(maxBytes))
          .about(Map.of("limitBytes", Integer.toString(maxBytes)));
    }
    limiter.admit(more);
    taken += more;
  }

  /** Gives everything back. */
  @Override
  public void close() {
    if (taken > 0) {
      limiter.release(taken);
      taken = 0;
    }
  }
}
