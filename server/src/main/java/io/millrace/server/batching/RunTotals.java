package io.millrace.server.batching;

import io.millrace.server.model.ServingStatistics;
import io.millrace.server.model.ServingStatistics.Answered;
import io.millrace.server.model.ServingStatistics.Batches;
import io.millrace.server.model.ServingStatistics.Failed;
import io.millrace.server.model.ServingStatistics.Phases;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The calls and runs of a version, added up since it was loaded. To count one takes a dozen
 * additions and no memory. Thread-safe; who reads while a run is counted may see a part of it.
 */
final class RunTotals {
  /** Runs of so many rows or fewer are counted by their rows, larger ones by powers of two. */
  private static final int EXACT = 128;

  private static final int EXACT_BITS = 7;
  private static final int SLOTS = EXACT + Long.SIZE - EXACT_BITS;

  private final LongAdder calls = new LongAdder();
  private final LongAdder rows = new LongAdder();
  private final LongAdder nanos = new LongAdder();
  private final LongAdder queueNanos = new LongAdder();
  private final PhaseTotals phases = new PhaseTotals();
  private final LongAdder failures = new LongAdder();
  private final LongAdder failureNanos = new LongAdder();
  private final AtomicLong lastEnd = new AtomicLong();
  private final AtomicReferenceArray<@Nullable SizeTotals> sizes =
      new AtomicReferenceArray<>(SLOTS);

  /** A run gave all requests of the batch their answers; call it before they hear of it. */
  void answered(Batch batch, ModelRun run) {
    // First: whoever sees the calls sees when the last one was.
    lastEnd.lazySet(run.ended());
    int requests = batch.requests().size();
    long waited = waitedNanos(batch, run.began());
    calls.add(requests);
    rows.add(run.rows());
    nanos.add(waited + requests * run.nanos());
    queueNanos.add(waited);
    phases.add(run, requests);
    ofSize(run.rows()).add(run);
  }

  private static long waitedNanos(Batch batch, long until) {
    long waited = 0;
    for (PendingRequest request : batch.requests()) {
      waited += until - request.enqueuedNanos();
    }
    return waited;
  }

  /** A request ends without an answer; call it before its caller hears of it. */
  void failed(PendingRequest request, long nowNanos) {
    failures.increment();
    failureNanos.add(nowNanos - request.enqueuedNanos());
  }

  private SizeTotals ofSize(long size) {
    int slot = slot(size);
    SizeTotals known = sizes.get(slot);
    if (known != null) {
      return known;
    }
    SizeTotals created = new SizeTotals();
    SizeTotals first = sizes.compareAndExchange(slot, null, created);
    return first == null ? created : first;
  }

  private static int slot(long size) {
    return size <= EXACT
        ? (int) size
        : EXACT + Long.SIZE - Long.numberOfLeadingZeros(size - 1) - EXACT_BITS;
  }

  /** The largest size of a slot. */
  private static long size(int slot) {
    return slot <= EXACT ? slot : 1L << (slot - EXACT + EXACT_BITS);
  }

  ServingStatistics snapshot() {
    return new ServingStatistics(
        new Answered(calls.sum(), rows.sum(), nanos.sum(), queueNanos.sum(), phases.snapshot()),
        new Failed(failures.sum(), failureNanos.sum()),
        lastRun(),
        batches());
  }

  private Optional<Instant> lastRun() {
    return calls.sum() == 0
        ? Optional.empty()
        : Optional.of(Instant.now().minusNanos(System.nanoTime() - lastEnd.get()));
  }

  private List<Batches> batches() {
    List<Batches> batches = new ArrayList<>();
    for (int slot = 0; slot < SLOTS; slot++) {
      SizeTotals totals = sizes.get(slot);
      if (totals != null) {
        batches.add(new Batches(size(slot), totals.runs.sum(), totals.phases.snapshot()));
      }
    }
    return batches;
  }

  private static final class SizeTotals {
    private final LongAdder runs = new LongAdder();
    private final PhaseTotals phases = new PhaseTotals();

    private void add(ModelRun run) {
      runs.increment();
      phases.add(run, 1);
    }
  }

  private static final class PhaseTotals {
    private final LongAdder inputNanos = new LongAdder();
    private final LongAdder modelNanos = new LongAdder();
    private final LongAdder outputNanos = new LongAdder();

    private void add(ModelRun run, int times) {
      inputNanos.add(times * run.inputNanos());
      modelNanos.add(times * run.modelNanos());
      outputNanos.add(times * run.outputNanos());
    }

    private Phases snapshot() {
      return new Phases(inputNanos.sum(), modelNanos.sum(), outputNanos.sum());
    }
  }
}
