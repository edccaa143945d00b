package io.millrace.server.grpc;

import io.grpc.Context;
import io.grpc.Deadline;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * When the caller of the current call stops waiting: its own deadline up to a cap, or a default if
 * it names none, so that no call waits for ever.
 *
 * @param nanoTime the clock of {@link System#nanoTime()}
 */
record Deadlines(Duration unnamed, Duration longest, LongSupplier nanoTime) {
  /**
   * How long the call whose gRPC context is current may wait for its answer, if it is for us to end
   * it; empty if the library ends it at the deadline that its caller named.
   */
  Optional<Duration> ownLimit() {
    Deadline named = Context.current().getDeadline();
    if (named == null) {
      return Optional.of(unnamed);
    }
    return named.timeRemaining(TimeUnit.NANOSECONDS) > longest.toNanos()
        ? Optional.of(longest)
        : Optional.empty();
  }

  /** The deadline of the call whose gRPC context is current, on the clock of {@code nanoTime}. */
  long ofCurrentCall() {
    Deadline named = Context.current().getDeadline();
    long remaining =
        named == null
            ? unnamed.toNanos()
            : Math.min(named.timeRemaining(TimeUnit.NANOSECONDS), longest.toNanos());
    return nanoTime.getAsLong() + remaining;
  }

  /** How long it is until a deadline on the clock of {@code nanoTime}. */
  Optional<Duration> until(long deadlineNanos) {
    return Optional.of(Duration.ofNanos(Math.max(0, deadlineNanos - nanoTime.getAsLong())));
  }
}
