package io.millrace.server.model;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * What callers may say of a call beside its tensors, under the names and with the numbers of the
 * Open Inference Protocol as Triton reads it. Immutable.
 *
 * @param timeoutMicros how long the caller waits from the call's arrival; 0 if it does not say
 */
public record CallParameters(Priority priority, long timeoutMicros) {
  public static final CallParameters NONE = new CallParameters(Priority.NORMAL, 0);

  private static final String PRIORITY = "priority";
  private static final String TIMEOUT = "timeout";

  private static final String PRIORITIES =
      "a whole number: 1 is high, 2 and more are normal, and so is 0, which is the default";
  private static final String TIMEOUTS =
      "a whole number of microseconds, or 0 for none of the call's own";

  /** Whether the server gives a parameter of this name a meaning. */
  public static boolean isKnown(String name) {
    return name.equals(PRIORITY) || name.equals(TIMEOUT);
  }

  /**
   * The same with one more of the known parameters.
   *
   * @param number its value, the largest long if it is more; empty if it is no whole number
   * @param written its value as it came, for the error
   * @throws ServingException with PARAMETER_INVALID if the value makes no sense
   */
  public CallParameters with(String name, OptionalLong number, String written) {
    if (number.isEmpty() || number.getAsLong() < 0) {
      throw ServingException.refusal(
          Reason.PARAMETER_INVALID,
          "parameters." + name,
          "parameters.%s is %s; allowed: %s"
              .formatted(name, Quote.of(written), name.equals(PRIORITY) ? PRIORITIES : TIMEOUTS));
    }
    long value = number.getAsLong();
    return name.equals(PRIORITY)
        ? new CallParameters(value == 1 ? Priority.HIGH : Priority.NORMAL, timeoutMicros)
        : new CallParameters(priority, value);
  }

  /** The call as its parameters want it. A timeout shortens its deadline and never extends it. */
  public InferenceRequest applyTo(InferenceRequest request, long nowNanos) {
    if (equals(NONE)) {
      return request;
    }
    long left = request.deadlineNanos() - nowNanos;
    long wanted = TimeUnit.MICROSECONDS.toNanos(timeoutMicros);
    boolean isShorter = timeoutMicros > 0 && wanted < left;
    return request.urgent(priority, isShorter ? nowNanos + wanted : request.deadlineNanos());
  }
}
