package io.millrace.server.bench;

import java.time.Duration;

/**
 * When a run ends: whichever comes first.
 *
 * @param duration how long calls are started
 * @param requests how many calls are started at most
 */
public record Limit(Duration duration, long requests) {
  /** No bound but the time. */
  public static Limit of(Duration duration) {
    return new Limit(duration, Long.MAX_VALUE);
  }

  /** Whether a number of calls may end it. */
  boolean isOfRequests() {
    return requests != Long.MAX_VALUE;
  }
}
