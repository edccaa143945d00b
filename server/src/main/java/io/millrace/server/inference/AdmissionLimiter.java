package io.millrace.server.inference;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.concurrent.atomic.AtomicLong;

/** Bounds the bytes of all calls in flight. Thread-safe, and never waits. */
final class AdmissionLimiter {
  private final long maxBytes;
  private final AtomicLong bytesInFlight = new AtomicLong();

  AdmissionLimiter(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Takes a call on; give the same bytes back by {@link #release} when it has ended.
   *
   * @throws ServingException with SERVER_OVERLOADED if the calls in flight leave no room, and with
   *     MESSAGE_TOO_LARGE if there would never be room
   */
  void admit(long bytes) {
    if (bytes > maxBytes) {
      throw ServingException.refusal(
          Reason.MESSAGE_TOO_LARGE,
          "the inputs take %d bytes, this server takes on %d at a time".formatted(bytes, maxBytes));
    }
    if (bytesInFlight.addAndGet(bytes) > maxBytes) {
      bytesInFlight.addAndGet(-bytes);
      throw ServingException.refusal(
          Reason.SERVER_OVERLOADED,
          "the calls in flight hold all of the %d bytes that this server takes on at a time;"
                  .formatted(maxBytes)
              + " try again in a moment");
    }
  }

  void release(long bytes) {
    bytesInFlight.addAndGet(-bytes);
  }

  long maxBytes() {
    return maxBytes;
  }

  long bytesInFlight() {
    return bytesInFlight.get();
  }
}
