package io.millrace.server.batching;

/**
 * What a row of a version costs its instances, as measured lately, and what they all have cost
 * together. Thread-safe; of two measurements at one time one may be lost.
 */
final class RunCost {
  /** The share of the newest measurement: old ones are forgotten after some ten runs. */
  private static final double WEIGHT = 0.2;

  /** How far one measurement moves the typical cost, however far off it is. */
  private static final double STEP = 1.1;

  /**
   * Rows and times of the runs of late, the older the less. Their quotient is what a row costs; the
   * mean of each run's quotient would be that of the small runs, of which a row may cost a thousand
   * times as much as one of a large run.
   */
  private record Recent(double rows, double nanos) {
    static final Recent NOTHING = new Recent(0, 0);

    Recent with(long moreRows, long moreNanos) {
      // The first stands for all that might have been before it.
      double weight = rows == 0 ? 1 / WEIGHT : 1;
      return new Recent(
          rows * (1 - WEIGHT) + weight * moreRows, nanos * (1 - WEIGHT) + weight * moreNanos);
    }

    double nanosPerRow() {
      return rows == 0 ? 0 : nanos / rows;
    }
  }

  private final RunTotals totals = new RunTotals();
  private volatile Recent recent = Recent.NOTHING;
  private volatile double typicalNanosPerRow;

  /** What is never forgotten. */
  RunTotals totals() {
    return totals;
  }

  /** Takes note of one run. */
  void measured(long rows, long nanos) {
    recent = recent.with(rows, nanos);
    double measured = (double) nanos / rows;
    double typical = typicalNanosPerRow;
    typicalNanosPerRow =
        typical == 0 ? measured : Math.max(typical / STEP, Math.min(typical * STEP, measured));
  }

  /** Takes note of a run that was stopped: it would have taken so long or longer. */
  void measuredAtLeast(long rows, long nanos) {
    if (nanos > nanosFor(rows)) {
      measured(rows, nanos);
    }
  }

  /** How long one instance takes for so many rows on average; 0 while nothing was measured. */
  long nanosFor(long rows) {
    return (long) (rows * recent.nanosPerRow());
  }

  /**
   * As {@link #nanosFor}, but the median: a run that was interrupted, by the garbage collector or
   * by other processes, says nothing of the model.
   */
  long typicalNanosFor(long rows) {
    return (long) (rows * typicalNanosPerRow);
  }
}
