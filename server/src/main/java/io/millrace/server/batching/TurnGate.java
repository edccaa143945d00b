package io.millrace.server.batching;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Which calls may run on the event loop that brought them: those that take so little that a change
 * of threads would cost more. What turns slow is kept away from the loops for a while, longer each
 * time. Thread-safe.
 */
final class TurnGate {
  /** What a call, and all calls of a turn together, may take of an event loop's time. */
  private static final long CALL_NANOS = 50_000;

  private static final long TURN_NANOS = 200_000;

  /** Copying more takes longer than the change of threads. */
  private static final long MAX_BYTES = 16 << 10;

  private static final long SLOW_NANOS = 2_000_000;
  private static final long FIRST_BAN_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MAX_DOUBLINGS = 8;

  private final RunCost cost;
  private volatile long bannedUntil;
  private final AtomicInteger bans = new AtomicInteger();

  TurnGate(RunCost cost) {
    this.cost = cost;
  }

  /**
   * Whether a call may run in the current turn.
   *
   * @param rowsOfTurn that are to run in it already
   */
  boolean admits(PendingRequest pending, long rowsOfTurn) {
    long nanos = cost.nanosFor(pending.rows());
    return nanos > 0
        && nanos <= CALL_NANOS
        && cost.nanosFor(rowsOfTurn) <= TURN_NANOS
        && pending.bytes() <= MAX_BYTES
        && (bans.get() == 0 || pending.enqueuedNanos() - bannedUntil >= 0);
  }

  /** Takes note of one run on an event loop. */
  void ran(long nanos, long nowNanos) {
    if (nanos >= SLOW_NANOS) {
      bannedUntil = nowNanos + (FIRST_BAN_NANOS << Math.min(bans.getAndIncrement(), MAX_DOUBLINGS));
    }
  }
}
