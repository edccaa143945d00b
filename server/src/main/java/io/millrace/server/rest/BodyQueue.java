package io.millrace.server.rest;

import io.grpc.Context;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Hands the reading of large bodies to threads that may take long, within a bound of bytes that
 * wait or are read. Thread-safe, and never waits.
 */
final class BodyQueue {
  private final Executor workers;
  private final long maxBytes;
  private final AtomicLong held = new AtomicLong();

  /**
   * @param workers refuses by RejectedExecutionException what it cannot take
   */
  BodyQueue(Executor workers, long maxBytes) {
    this.workers = workers;
    this.maxBytes = maxBytes;
  }

  /**
   * Runs the work in the caller's gRPC context; it must not throw.
   *
   * @throws ServingException with SERVER_OVERLOADED if there is no room
   */
  void execute(long bytes, Runnable work) {
    if (held.addAndGet(bytes) > maxBytes) {
      held.addAndGet(-bytes);
      throw overloaded();
    }
    try {
      workers.execute(
          Context.current()
              .wrap(
                  () -> {
                    try {
                      work.run();
                    } finally {
                      held.addAndGet(-bytes);
                    }
                  }));
    } catch (RejectedExecutionException e) {
      held.addAndGet(-bytes);
      throw overloaded();
    }
  }

  private static ServingException overloaded() {
    return ServingException.refusal(
        Reason.SERVER_OVERLOADED,
        "too many large bodies wait to be read on this server; try again in a moment");
  }
}
