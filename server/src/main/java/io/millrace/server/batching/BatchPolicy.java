package io.millrace.server.batching;

import io.millrace.server.model.InferenceRequest;

/**
 * How many rows a free instance takes, and when. Pure.
 *
 * @param maxRows of one batch; 1 means that each request runs alone
 * @param maxDelayNanos how long a request waits for others to run with while its batch has room
 * @param allowed what the model and its configuration allow, whether or not it is done
 */
record BatchPolicy(int maxRows, long maxDelayNanos, Allowed allowed) {
  /** Each request runs alone. */
  static final BatchPolicy ALONE = new BatchPolicy(1, 0);

  BatchPolicy {
    if (maxRows < 1 || maxDelayNanos < 0) {
      throw new IllegalArgumentException(
          "a batch has 1 row or more and waits 0 ns or longer, got %d and %d"
              .formatted(maxRows, maxDelayNanos));
    }
  }

  /** All that is allowed is done. */
  BatchPolicy(int maxRows, long maxDelayNanos) {
    this(maxRows, maxDelayNanos, new Allowed(maxRows, maxDelayNanos));
  }

  /**
   * The most that a policy may do. Unlike what pays, which is measured, it is the same at each
   * load.
   */
  record Allowed(int maxRows, long maxDelayNanos) {}

  /** Each request runs alone, though more is allowed. */
  BatchPolicy alone() {
    return new BatchPolicy(1, 0, allowed);
  }

  boolean batches() {
    return maxRows > 1;
  }

  /**
   * Whether two requests may run together: their rows are alike, and they ask for the same outputs.
   */
  boolean mayShare(InferenceRequest one, InferenceRequest other) {
    if (!batches() || !one.outputs().equals(other.outputs())) {
      return false;
    }
    for (int i = 0; i < one.inputs().size(); i++) {
      if (!one.inputs().get(i).shape().hasRowsLike(other.inputs().get(i).shape())) {
        return false;
      }
    }
    return true;
  }

  /**
   * The rows to take now; 0 means to wait until the oldest has waited for {@link #maxDelayNanos}.
   * Free instances share what waits: one that took all would leave the others idle.
   *
   * @param rows that wait
   * @param freeInstances with the one that asks
   * @param waitedNanos how long the oldest request has waited
   */
  long rowsToTake(long rows, int freeInstances, long waitedNanos) {
    if (rows < maxRows && waitedNanos < maxDelayNanos) {
      return 0;
    }
    long share = (rows + freeInstances - 1) / freeInstances;
    return Math.min(share, maxRows);
  }
}
