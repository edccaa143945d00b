package io.millrace.server.batching;

import io.millrace.server.batching.BatchProbe.Verdict;
import io.millrace.server.engine.LoadedModel;
import io.millrace.server.engine.ModelInstance;
import io.millrace.server.model.BatchingConfig;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.Tensor;
import io.millrace.server.model.TensorSpec;
import io.millrace.server.model.VersionArtifact;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides whether the requests of a version run together: what its model allows, and what pays. */
final class BatchPlan {
  private static final Logger log = LoggerFactory.getLogger(BatchPlan.class);

  /** Rows larger than this are not tried: what takes them is busy without company. */
  private static final long LARGEST_PROBE_ROW = 4L << 20;

  private BatchPlan() {}

  /**
   * The policy for a version that was just loaded. Runs the model; blocks.
   *
   * @param standard rows that run together where the configuration names no number
   * @throws ServingException with MODEL_LOAD_FAILED if the configuration asks for what the model
   *     cannot do
   */
  static BatchPolicy of(FirstRuns firstRuns, VersionArtifact artifact, int standard) {
    Signature signature = firstRuns.model().signature();
    BatchingConfig config = artifact.config().batching();
    boolean isAsked = config.maxBatchSize() > 1;
    int rows = isAsked ? config.maxBatchSize() : standard;
    if (config.maxBatchSize() == 1 || rows == 1) {
      return BatchPolicy.ALONE;
    }
    if (!RowDimension.isSharedBy(signature)) {
      if (isAsked) {
        throw noRows(config.maxBatchSize(), signature);
      }
      return BatchPolicy.ALONE;
    }
    Verdict verdict = verdict(firstRuns);
    if (isAsked) {
      warn(artifact, verdict);
    } else {
      log.info(
          "{}/{} {}: {}",
          artifact.id().model(),
          artifact.id().version(),
          verdict == Verdict.PAYS ? "batches up to " + rows + " rows" : "does not batch",
          verdict);
    }
    BatchPolicy together = new BatchPolicy(rows, config.maxQueueDelay().toNanos());
    return isAsked || verdict == Verdict.PAYS ? together : together.alone();
  }

  private static Verdict verdict(FirstRuns firstRuns) {
    LoadedModel model = firstRuns.model();
    if (model.signature().inputs().stream().anyMatch(BatchPlan::isTooLarge)) {
      return Verdict.DOES_NOT_PAY;
    }
    try (ModelInstance instance = model.newInstance()) {
      firstRuns.warm(instance);
      Verdict verdict = new BatchProbe(instance, model.signature()).verdict();
      return verdict == Verdict.FAILS ? onSamples(instance, firstRuns) : verdict;
    }
  }

  /** Rows of our own making are no text that is a number, and no index that is there. */
  private static Verdict onSamples(ModelInstance instance, FirstRuns firstRuns) {
    List<List<Tensor>> rows = TrialRows.of(firstRuns.samples(), BatchProbe.ROWS, LARGEST_PROBE_ROW);
    return rows.isEmpty()
        ? Verdict.FAILS
        : new BatchProbe(instance, firstRuns.model().signature(), rows).verdict();
  }

  private static boolean isTooLarge(TensorSpec spec) {
    return WarmUp.bytesOfRow(spec) > LARGEST_PROBE_ROW;
  }

  private static void warn(VersionArtifact artifact, Verdict verdict) {
    if (verdict != Verdict.PAYS) {
      log.warn(
          "{}: its config.yaml asks for batches, but {}; see batching.max_batch_size",
          artifact.id(),
          verdict);
    }
  }

  private static ServingException noRows(int maxBatchSize, Signature signature) {
    return ServingException.refusal(
        Reason.MODEL_LOAD_FAILED,
        "batching.max_batch_size is %d, but not all of %s and %s begin with one open dimension for the rows; remove the key or export the model so"
            .formatted(maxBatchSize, signature.inputs(), signature.outputs()));
  }
}
