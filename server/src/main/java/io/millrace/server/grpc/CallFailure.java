package io.millrace.server.grpc;

import io.grpc.Status;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.Map;

/**
 * Carries a failure through gRPC's observers to the {@link CallGuard}, together with what it is
 * about. The failure is deliberately not the cause: gRPC looks along the causes for a status.
 */
final class CallFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Throwable failure;
  private final transient Map<String, String> subject;

  CallFailure(Throwable failure, Map<String, String> subject) {
    super(null, null, false, false);
    this.failure = failure;
    this.subject = Map.copyOf(subject);
  }

  /** The status that has the guard find out how to end a call. */
  static Status status(Throwable failure, Map<String, String> subject) {
    return Status.UNKNOWN.withCause(
        new CallFailure(advised(StatusMapper.unwrap(failure)), subject));
  }

  private static Throwable advised(Throwable failure) {
    return failure instanceof ServingException known && known.reason() == Reason.MODEL_NOT_FOUND
        ? known.withAdvice("ListModels names those there are")
        : failure;
  }

  Throwable failure() {
    return failure;
  }

  Map<String, String> subject() {
    return subject;
  }
}
