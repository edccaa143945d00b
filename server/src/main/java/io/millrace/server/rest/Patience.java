package io.millrace.server.rest;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.millrace.server.model.Cancellation;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.concurrent.TimeUnit;

/**
 * How long a caller waits.
 *
 * @param deadlineNanos on the clock of {@link System#nanoTime()}
 * @param cancellation tells when the caller has gone
 */
record Patience(long deadlineNanos, Cancellation cancellation) {
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
    Context context = Context.current();
    Cancellation cancellation =
        observer instanceof ServerCallStreamObserver<?> call
            ? Cancellation.of(
                call::isCancelled,
                action -> context.addListener(ended -> action.run(), Runnable::run))
            : () -> false;
    return new Patience(System.nanoTime() + remaining, cancellation);
  }

  /**
   * Spares the work for a caller that no longer waits.
   *
   * @throws ServingException if so
   */
  void refuseIfOver() {
    if (cancellation.isRequested()) {
      throw ServingException.refusal(Reason.CALL_CANCELLED, "the caller has gone");
    }
    if (System.nanoTime() - deadlineNanos >= 0) {
      throw ServingException.refusal(
          Reason.DEADLINE_IN_QUEUE, "the deadline passed before the body was read");
    }
  }
}
