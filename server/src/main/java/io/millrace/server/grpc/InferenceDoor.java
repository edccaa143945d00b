package io.millrace.server.grpc;

import io.millrace.server.model.Cancellation;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Tensor;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * What the inference services of both protocols share: how long a call may take, and how large its
 * answer may be.
 *
 * @param workers take what is too long for an event loop
 * @param maxResponseBytes bound of all outputs of one answer together
 */
record InferenceDoor(
    Function<InferenceRequest, CompletionStage<InferenceResponse>> infer,
    Executor workers,
    Deadlines deadlines,
    long maxResponseBytes) {
  /** How long a caller waits. */
  record Patience(long deadlineNanos, Cancellation cancellation) {}

  /** The failure of a call that found no answer within the server's own limit. */
  static ServingException tooLate(Duration limit) {
    return ServingException.refusal(
        Reason.DEADLINE_IN_ENGINE,
        "no answer within %s, which is as long as this call may wait".formatted(text(limit)));
  }

  /** Short ones to the microsecond, in which callers give them. */
  private static String text(Duration limit) {
    return limit.toMillis() < 10
        ? limit.toNanos() / 1_000 + " microseconds"
        : limit.toMillis() + " ms";
  }

  /**
   * The same response.
   *
   * @throws ServingException if it is too large
   */
  InferenceResponse checked(InferenceResponse response) {
    long bytes = 0;
    for (Tensor output : response.outputs()) {
      bytes += output.byteCount();
    }
    if (bytes > maxResponseBytes) {
      throw ServingException.refusal(
          Reason.MESSAGE_TOO_LARGE,
          "the outputs take %d bytes, the limit is %d; ask for fewer rows or outputs"
              .formatted(bytes, maxResponseBytes));
    }
    return response;
  }
}
