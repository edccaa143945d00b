package io.millrace.server.lifecycle;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * What becomes of a version that failed to load: tried again after a pause that doubles each time,
 * or quarantined. Pure.
 *
 * @param retries how often a version is tried again in a row
 * @param firstDelay the pause before the first retry
 */
record RetryPolicy(int retries, Duration firstDelay) {
  static final Duration LONGEST_DELAY = Duration.ofMinutes(5);

  /** Doubling a pause more often than this exceeds the longest in any case. */
  private static final int MAX_DOUBLINGS = 30;

  /**
   * What to do about a failure.
   *
   * @param told the failure as the status shows it
   * @param next when to try again; empty for not by itself
   */
  record Verdict(ServingException told, Optional<Instant> next) {}

  /**
   * Judges a failure.
   *
   * @param failures how many there were in a row, with this one
   */
  Verdict judge(ServingException problem, int failures, Instant now) {
    if (!mayPass(problem)) {
      return new Verdict(problem, Optional.empty());
    }
    if (failures > retries && !costsNothing(problem)) {
      return new Verdict(failures == 1 ? problem : quarantine(problem, failures), Optional.empty());
    }
    Instant next = now.plus(delay(failures));
    String attempts =
        costsNothing(problem)
            ? "attempt %d".formatted(failures)
            : "attempt %d of %d".formatted(failures, retries + 1);
    return new Verdict(
        problem.withAdvice(
            "this was %s, the next is at %s"
                .formatted(attempts, next.truncatedTo(ChronoUnit.SECONDS))),
        Optional.of(next));
  }

  /**
   * Whether the same bytes may load at another time: the machine was short of something, or an
   * engine failed. What was refused for what it is stays refused until it changes.
   */
  private static boolean mayPass(ServingException problem) {
    return switch (problem.reason()) {
      case MODEL_LOAD_TIMEOUT, MEMORY_BUDGET_EXCEEDED, SERVER_OVERLOADED -> true;
      case MODEL_SAMPLE_MISMATCH -> false;
      default -> problem.getCause() != null && !problem.isLasting();
    };
  }

  /** Nothing was loaded, so it may be asked for ever. */
  private static boolean costsNothing(ServingException problem) {
    return problem.reason() == Reason.MEMORY_BUDGET_EXCEEDED;
  }

  private Duration delay(int failures) {
    Duration delay = firstDelay.multipliedBy(1L << Math.min(failures - 1, MAX_DOUBLINGS));
    return delay.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : delay;
  }

  private static ServingException quarantine(ServingException problem, int failures) {
    String message =
        "failed to load %d times in a row, so it is in quarantine until its files change or a reload asks for it; the last time: %s, %s"
            .formatted(failures, problem.reason(), problem.getMessage());
    Throwable cause = problem.getCause();
    return cause == null
        ? ServingException.refusal(Reason.MODEL_QUARANTINED, message)
        : ServingException.failure(Reason.MODEL_QUARANTINED, message, cause);
  }
}
