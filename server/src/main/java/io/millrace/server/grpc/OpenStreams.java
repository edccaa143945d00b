package io.millrace.server.grpc;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The calls that go on until their caller ends them: a Watch of the health, a session of
 * reflection. A stop ends them, for waiting would only use up its grace. Thread-safe.
 */
final class OpenStreams {
  private final Set<GuardedCall<?, ?>> open = ConcurrentHashMap.newKeySet();
  private volatile boolean ended;

  /** Takes note of a call that has begun, unless it ends with its one answer. */
  void add(GuardedCall<?, ?> call) {
    if (call.getMethodDescriptor().getType().serverSendsOneMessage()) {
      return;
    }
    open.add(call);
    // After adding: whoever comes while all are ended is either seen there or ended here.
    if (ended) {
      call.fail(draining());
    }
  }

  void remove(GuardedCall<?, ?> call) {
    open.remove(call);
  }

  /** Ends those that are open, and from now on each that begins. */
  void endAll() {
    ended = true;
    open.forEach(call -> call.fail(draining()));
  }

  private static ServingException draining() {
    return ServingException.refusal(Reason.SERVER_DRAINING, "the server is stopping");
  }
}
