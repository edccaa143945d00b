package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.BatchingConfig;
import java.util.Optional;

/**
 * Finds settings of batching that are each allowed and together make no sense. The model serves
 * with them, so these are hints, not failures. Pure.
 *
 * @param file the model's {@code config.yaml} as people know it
 */
record BatchingCheck(String file, BatchingConfig batching) {
  /** A queue that is full before a batch is; found only where both are written down. */
  Optional<Problem> problem() {
    int calls = batching.queue().calls();
    int rows = batching.maxBatchSize();
    return calls > 0 && calls < rows ? Optional.of(tooShort(calls, rows)) : Optional.empty();
  }

  private Problem tooShort(int calls, int rows) {
    return new Problem(
        file,
        "batching.max_queue_size is %d calls, and batching.max_batch_size is %d rows, which calls of one row then never fill"
            .formatted(calls, rows),
        "set max_queue_size to %d or more, or max_batch_size to %d or less".formatted(rows, calls));
  }
}
