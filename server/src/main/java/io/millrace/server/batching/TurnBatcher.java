package io.millrace.server.batching;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * Collects the calls of a tiny model that one event loop reads in a turn, and runs them together at
 * its end, on the loop itself. Confined to the loop's thread.
 */
final class TurnBatcher {
  private final Executor loop;
  private final BatchPolicy policy;
  private final TurnGate gate;
  private final BatchRunner runner;
  private List<PendingRequest> collected = new ArrayList<>();
  private long rows;

  /** When the run that is under way began; 0 if there is none. */
  private volatile long runningSince;

  TurnBatcher(Executor loop, BatchPolicy policy, TurnGate gate, BatchRunner runner) {
    this.loop = loop;
    this.policy = policy;
    this.gate = gate;
    this.runner = runner;
  }

  /** Takes a call unless it would hold up the loop. */
  boolean offer(PendingRequest pending) {
    if (!gate.admits(pending, rows)) {
      return false;
    }
    if (collected.isEmpty()) {
      loop.execute(this::runAll);
    }
    collected.add(pending);
    rows += pending.rows();
    return true;
  }

  /** Whether a run has held up the loop for so long. Any thread may ask. */
  boolean hasRunFor(long nanos, long nowNanos) {
    long since = runningSince;
    return since != 0 && nowNanos - since >= nanos;
  }

  /** Has the workers do what the loop is at. Any thread may call it. */
  void stopRun() {
    runner.stopRun();
  }

  private void runAll() {
    List<PendingRequest> turn = collected;
    collected = new ArrayList<>();
    rows = 0;
    long began = System.nanoTime();
    runningSince = began;
    batches(turn).forEach(runner::run);
    runningSince = 0;
    long ended = System.nanoTime();
    gate.ran(ended - began, ended);
  }

  /** Those that may run together, up to the rows of a batch, in the order in which they came. */
  private List<Batch> batches(List<PendingRequest> turn) {
    if (turn.size() == 1) {
      return List.of(new Batch(turn));
    }
    Map<BatchKey, List<PendingRequest>> byKey = new LinkedHashMap<>();
    turn.forEach(
        pending -> byKey.computeIfAbsent(pending.key(), key -> new ArrayList<>()).add(pending));
    List<Batch> batches = new ArrayList<>();
    byKey.values().forEach(alike -> cut(alike, batches));
    return batches;
  }

  private void cut(List<PendingRequest> alike, List<Batch> batches) {
    List<PendingRequest> batch = new ArrayList<>();
    long size = 0;
    for (PendingRequest pending : alike) {
      if (!batch.isEmpty() && size + pending.rows() > policy.maxRows()) {
        batches.add(new Batch(batch));
        batch = new ArrayList<>();
        size = 0;
      }
      batch.add(pending);
      size += pending.rows();
    }
    batches.add(new Batch(batch));
  }
}
