package io.millrace.server.rest;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * How long a caller waits.
 *
 * @param deadlineNanos on the clock of {@link System#nanoTime()}
 * @param cancelled whether the caller has gone; any thread may ask
 */
record Patience(long deadlineNanos, BooleanSupplier cancelled) {
  /**
   * Of the call whose gRPC context is current: its own deadline up to a cap, or the default, so
   * that no call waits for ever.
   */
  static Patience ofCurrentCall(StreamObserver<?> observer, RestGrpcService.Options options) {
    Deadline named = Context.current().getDeadline();
    long remaining =
        named == null
            ? options.defaultDeadline().toNanos()
            : Math.min(named.timeRemaining(TimeUnit.NANOSECONDS), options.maxDeadline().toNanos());
    BooleanSupplier cancelled =
        observer instanceof ServerCallStreamObserver<?> call ? call::isCancelled : () -> false;
    return new Patience(System.nanoTime() + remaining, cancelled);
  }

  /**
   * Spares the work for a caller that no longer waits.
   *
   * @throws ServingException if so
   */
  void refuseIfOver() {
    if (cancelled.getAsBoolean()) {
      throw ServingException.refusal(Reason.CALL_CANCELLED, "the caller has gone");
    }
    if (System.nanoTime() - deadlineNanos >= 0) {
      throw ServingException.refusal(
          Reason.DEADLINE_IN_QUEUE, "the deadline passed before the body was read");
    }
  }
}
