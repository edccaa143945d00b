package io.millrace.server.grpc;

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

  Throwable failure() {
    return failure;
  }

  Map<String, String> subject() {
    return subject;
  }
}
