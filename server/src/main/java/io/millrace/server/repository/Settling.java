package io.millrace.server.repository;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The settle rule: a thing counts as complete when two scans in a row find it the same, or when it
 * tells by itself that it is whole. Until then the last complete one stands. Immutable.
 *
 * @param settled the last complete one; null if there was none yet
 * @param seen what the last scan found
 */
record Settling<T extends Stamped>(@Nullable T settled, T seen) {
  /**
   * What holds after one more scan.
   *
   * @param before what held until now; null for a thing that is new
   * @param settledBefore a thing that is new and older than this counts as complete at once
   */
  static <T extends Stamped> Settling<T> next(
      @Nullable Settling<T> before, T now, Instant settledBefore) {
    if (now.isWhole()) {
      return new Settling<>(now, now);
    }
    if (before == null) {
      return new Settling<>(now.newest().isBefore(settledBefore) ? now : null, now);
    }
    boolean same = before.seen.fingerprint().equals(now.fingerprint());
    return new Settling<>(same ? now : before.settled, now);
  }

  /** What holds after a scan that found it in the making. */
  static <T extends Stamped> Settling<T> waiting(@Nullable Settling<T> before, T now) {
    return new Settling<>(before == null ? null : before.settled, now);
  }

  /** Whether the last scan found the complete one. */
  boolean isSettled() {
    return settled != null && settled.fingerprint().equals(seen.fingerprint());
  }
}
