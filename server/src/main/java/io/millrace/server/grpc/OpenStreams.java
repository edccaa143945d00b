package io.millrace.server.grpc;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The calls that go on until their caller ends them: a Watch of the health, a session of
 * reflection, a stream of inferences. A stop ends them, for waiting would only use up its grace.
 * Thread-safe.
 */
final class OpenStreams {
  private final Set<Stream> open = ConcurrentHashMap.newKeySet();
  private volatile boolean ended;

  /** One of them. */
  interface Stream {
    /** Ends it, now or when it owes no answer any more. Any thread may call it. */
    void end(ServingException why);
  }

  /** Takes note of a call that has begun. */
  void add(Stream call) {
    open.add(call);
    // After adding: whoever comes while all are ended is either seen there or ended here.
    if (ended) {
      call.end(draining());
    }
  }

  void remove(Stream call) {
    open.remove(call);
  }

  /** Ends those that are open, and from now on each that begins. */
  void endAll() {
    ended = true;
    open.forEach(call -> call.end(draining()));
  }

  private static ServingException draining() {
    return ServingException.refusal(Reason.SERVER_DRAINING, "the server is stopping");
  }
}
