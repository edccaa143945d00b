package io.millrace.server.model;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The one failure that rooms throw at each other. Its message goes to the caller: it says what was
 * wrong with which value, what was expected, and holds no path, class name or stack of ours; such
 * detail belongs into the cause, which only the log sees.
 */
public final class ServingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final transient List<FieldViolation> violations;
  private final transient Map<String, String> subject;
  private final Duration retryDelay;
  private final boolean isLasting;

  private ServingException(
      Reason reason,
      String message,
      List<FieldViolation> violations,
      @Nullable Throwable cause,
      Duration retryDelay) {
    super(message, cause, false, cause != null);
    this.subject = Map.of();
    this.isLasting = false;
    this.retryDelay = retryDelay;
    this.reason = reason;
    this.violations = violations;
  }

  private ServingException(
      ServingException failure, String message, Map<String, String> what, boolean isLasting) {
    super(message, failure.getCause(), false, failure.getCause() != null);
    if (failure.getCause() != null) {
      setStackTrace(failure.getStackTrace());
    }
    this.isLasting = isLasting;
    this.retryDelay = failure.retryDelay;
    this.reason = failure.reason;
    this.violations = failure.violations;
    Map<String, String> all = new HashMap<>(failure.subject);
    all.putAll(what);
    this.subject = Map.copyOf(all);
  }

  /** An expected refusal; it costs no stack trace. */
  public static ServingException refusal(Reason reason, String message) {
    return new ServingException(reason, message, List.of(), null, Duration.ZERO);
  }

  /**
   * A refusal that passes with time.
   *
   * @param retryDelay when a retry may succeed; zero if that is not known
   */
  public static ServingException refusal(Reason reason, String message, Duration retryDelay) {
    return new ServingException(reason, message, List.of(), null, retryDelay);
  }

  /** A refusal that names the field of the request at fault, such as {@code inputs[2].shape}. */
  public static ServingException refusal(Reason reason, String field, String message) {
    return new ServingException(
        reason, message, List.of(new FieldViolation(field, message)), null, Duration.ZERO);
  }

  /** A failure that was not expected; the cause is for the log. */
  public static ServingException failure(Reason reason, String message, Throwable cause) {
    return new ServingException(reason, message, List.of(), cause, Duration.ZERO);
  }

  /**
   * The same failure, told with what it is about: {@code model}, {@code version}, {@code
   * requestId}, {@code limitBytes}. What it was about before stays, unless named anew.
   */
  public ServingException about(Map<String, String> what) {
    return new ServingException(this, getMessage(), what, isLasting);
  }

  /** The same failure, told with what the caller of a certain door can do about it. */
  public ServingException withAdvice(String advice) {
    return new ServingException(this, getMessage() + "; " + advice, Map.of(), isLasting);
  }

  /** The same failure, of which it is known that the same bytes will always bring it. */
  public ServingException lasting() {
    return new ServingException(this, getMessage(), Map.of(), true);
  }

  /** Whether trying again is in vain. */
  public boolean isLasting() {
    return isLasting;
  }

  /** What the failure is about, for programs; empty unless {@link #about} said so. */
  public Map<String, String> subject() {
    return subject;
  }

  /** When a retry may succeed, as far as it was measured; zero if that is not known. */
  public Duration retryDelay() {
    return retryDelay;
  }

  public Reason reason() {
    return reason;
  }

  public List<FieldViolation> violations() {
    return violations;
  }

  /** Never null here. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  /**
   * A field of a request and what is wrong with it.
   *
   * @param field a path into the request message, such as {@code inputs[2].shape}
   */
  public record FieldViolation(String field, String description) {}
}
