package io.millrace.server.batching;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Collects the calls of a tiny model that one event loop reads in a turn, and runs them together at
 * its end, on the loop itself. Confined to the loop's thread.
 */
final class TurnBatcher {
  /** More of one turn go to the workers: to sort calls of many shapes takes time as well. */
  private static final int MAX_CALLS = 256;

  private final Executor loop;
  private final BatchPolicy policy;
  private final TurnGate gate;
  private final BatchRunner runner;
  private final TurnWatch watch;
  private List<PendingRequest> collected = new ArrayList<>();
  private long rows;

  /** When the run that is under way began; 0 if there is none. */
  private volatile long runningSince;

  /** Set by each run, and taken back by the watch. */
  private volatile boolean hasRun;

  TurnBatcher(
      Executor loop, BatchPolicy policy, TurnGate gate, BatchRunner runner, TurnWatch watch) {
    this.loop = loop;
    this.policy = policy;
    this.gate = gate;
    this.runner = runner;
    this.watch = watch;
  }

  /** Takes a call unless it would hold up the loop. */
  boolean offer(PendingRequest pending) {
    if (collected.size() >= MAX_CALLS || !gate.admits(pending, rows)) {
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

  /** Whether anything runs or has run since this was last asked. Any thread may ask. */
  boolean hasRunSinceLook() {
    boolean was = hasRun;
    hasRun = false;
    return was || runningSince != 0;
  }

  /** Has the workers do what the loop is at. Any thread may call it. */
  void stopRun() {
    runner.stopRun();
  }

  private void runAll() {
    List<PendingRequest> turn = collected;
    collected = new ArrayList<>(turn.size());
    rows = 0;
    long began = System.nanoTime();
    runningSince = began;
    hasRun = true;
    watch.began();
    for (List<PendingRequest> alike : alike(turn)) {
      runInBatches(alike);
    }
    runningSince = 0;
    long ended = System.nanoTime();
    gate.ran(ended - began, ended);
  }

  /** Those that may run together, in the order in which they came; nearly always all. */
  private List<List<PendingRequest>> alike(List<PendingRequest> turn) {
    List<List<PendingRequest>> groups = new ArrayList<>(1);
    for (PendingRequest pending : turn) {
      group(pending, groups).add(pending);
    }
    return groups;
  }

  private List<PendingRequest> group(PendingRequest pending, List<List<PendingRequest>> groups) {
    for (List<PendingRequest> group : groups) {
      if (policy.mayShare(group.get(0).request(), pending.request())) {
        return group;
      }
    }
    List<PendingRequest> group = new ArrayList<>();
    groups.add(group);
    return group;
  }

  private void runInBatches(List<PendingRequest> alike) {
    int from = 0;
    long size = 0;
    for (int i = 0; i < alike.size(); i++) {
      long more = alike.get(i).rows();
      if (i > from && size + more > policy.maxRows()) {
        runner.run(alike.subList(from, i));
        from = i;
        size = 0;
      }
      size += more;
    }
    runner.run(alike.subList(from, alike.size()));
  }
}
