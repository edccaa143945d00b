package io.millrace.server.bench;

/**
 * Calls at times that do not depend on the answers, as from many independent users.
 *
 * @param rate calls per second on average
 * @param arrivals how they are spread
 * @param maxInFlight calls that may wait for an answer at a time; one more is a failure, not a
 *     delay of the calls behind it
 */
public record OpenLoop(double rate, Arrivals arrivals, int maxInFlight) implements Load {
  @Override
  public String toString() {
    return rate == Math.rint(rate) ? "%.0f/s".formatted(rate) : rate + "/s";
  }
}
