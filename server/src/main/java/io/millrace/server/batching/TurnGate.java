package io.millrace.server.batching;

import io.millrace.server.model.RunPlace;
import java.util.concurrent.TimeUnit;

/**
 * Which calls may run on the event loop that brought them: those that take so little that a change
 * of threads would cost more, or those of a model that its operator wants there. What turns slow is
 * kept away from the loops for a while, longer each time. Thread-safe.
 */
final class TurnGate {
  /** What a call, and all calls of a turn together, may take of an event loop's time. */
  private static final long CALL_NANOS = 50_000;

  private static final long TURN_NANOS = 200_000;

  /** Copying more takes longer than the change of threads. */
  private static final long MAX_BYTES = 16 << 10;

  private static final long SLOW_NANOS = 2_000_000;

  /** Anything can interrupt one run; so many slow ones among this many are the model's doing. */
  private static final int SLOW_RUNS = 3;

  private static final int RUNS_FOR_A_SLOW_ONE = 100;

  private static final long FIRST_BAN_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MAX_DOUBLINGS = 8;

  /** After a time on the loop that is this much longer than the last ban, all is forgiven. */
  private static final int FORGIVEN_AFTER_BANS = 10;

  private final RunCost cost;
  private final RunPlace place;
  private volatile boolean banned;

  // Guarded by this.
  private int debt;
  private int bans;
  private long bannedUntil;

  TurnGate(RunCost cost, RunPlace place) {
    this.cost = cost;
    this.place = place;
  }

  /**
   * Whether a call may run in the current turn.
   *
   * @param rowsOfTurn that are to run in it already
   */
  boolean admits(PendingRequest pending, long rowsOfTurn) {
    return mayTry(pending)
        && cost.typicalNanosFor(rowsOfTurn) <= TURN_NANOS
        && !isBanned(pending.enqueuedNanos());
  }

  private boolean mayTry(PendingRequest pending) {
    if (pending.request().place() == RunPlace.INSTANCES) {
      return false;
    }
    return switch (place) {
      case AUTO -> isTiny(pending);
      case EVENT_LOOP -> true;
      case INSTANCES -> false;
    };
  }

  private boolean isTiny(PendingRequest pending) {
    long nanos = cost.typicalNanosFor(pending.rows());
    return nanos > 0 && nanos <= CALL_NANOS && pending.bytes() <= MAX_BYTES;
  }

  private boolean isBanned(long nowNanos) {
    return banned && isStillBanned(nowNanos);
  }

  private synchronized boolean isStillBanned(long nowNanos) {
    banned = nowNanos - bannedUntil < 0;
    return banned;
  }

  /** Takes note of one turn's runs on an event loop. */
  synchronized void ran(long nanos, long nowNanos) {
    if (nanos < SLOW_NANOS) {
      debt = Math.max(0, debt - 1);
      return;
    }
    debt += RUNS_FOR_A_SLOW_ONE;
    if (debt > (SLOW_RUNS - 1) * RUNS_FOR_A_SLOW_ONE) {
      ban(nowNanos);
    }
  }

  // Guarded by this.
  private void ban(long nowNanos) {
    if (bans > 0 && nowNanos - bannedUntil > FORGIVEN_AFTER_BANS * banNanos(bans - 1)) {
      bans = 0;
    }
    bannedUntil = nowNanos + banNanos(bans);
    bans++;
    debt = 0;
    banned = true;
  }

  private static long banNanos(int before) {
    return FIRST_BAN_NANOS << Math.min(before, MAX_DOUBLINGS);
  }
}
