package io.millrace.server.batching;

/**
 * What a row of a version costs its instances, as measured lately. Thread-safe; of two measurements
 * at one time one may be lost.
 */
final class RunCost {
  /** The share of the newest measurement: old ones are forgotten after some ten runs. */
  private static final double WEIGHT = 0.2;

  private volatile double nanosPerRow;

  /** Takes note of one run. */
  void measured(long rows, long nanos) {
    double measured = (double) nanos / rows;
    double before = nanosPerRow;
    nanosPerRow = before == 0 ? measured : before + WEIGHT * (measured - before);
  }

  /** How long one instance takes for so many rows; 0 while nothing has been measured. */
  long nanosFor(long rows) {
    return (long) (rows * nanosPerRow);
  }
}
