package io.millrace.server.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A call that ends once, and never with UNKNOWN: what its service could not put into a status goes
 * through {@link StatusMapper}. Ending it again changes nothing. Thread-safe as far as the call is.
 * Make it while the call's context is current.
 */
final class GuardedCall<Q, P> extends SimpleForwardingServerCall<Q, P> {
  private final StatusMapper mapper;
  private final FailureLog failures;
  private final Optional<CallRecord> record = CallRecord.current();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean failed;

  GuardedCall(ServerCall<Q, P> call, StatusMapper mapper, FailureLog failures) {
    super(call);
    this.mapper = mapper;
    this.failures = failures;
  }

  /** Whether the guard itself has ended the call. */
  boolean hasFailed() {
    return failed;
  }

  /** Ends the call with the status of a failure, unless it has ended. */
  void fail(Throwable failure) {
    failed = true;
    closeWith(failure);
  }

  @Override
  public void close(Status status, Metadata trailers) {
    if (status.getCode() != Status.Code.UNKNOWN) {
      closeOnce(status, trailers);
      return;
    }
    Throwable cause = status.getCause();
    closeWith(cause == null ? status.asRuntimeException() : cause);
  }

  private void closeWith(Throwable failure) {
    StatusMapper.Outcome outcome = mapper.map(failure);
    if (record.isPresent()) {
      record.get().failed(outcome.known(failure));
    } else if (outcome.isFailure()) {
      failures.record(
          getMethodDescriptor().getFullMethodName(),
          outcome.errorId(),
          StatusMapper.unwrap(failure));
    }
    closeOnce(outcome.status(), outcome.trailers());
  }

  private void closeOnce(Status status, Metadata trailers) {
    if (closed.compareAndSet(false, true)) {
      super.close(status, trailers);
    }
  }

  @Override
  public void sendHeaders(Metadata headers) {
    if (!closed.get()) {
      super.sendHeaders(headers);
    }
  }

  @Override
  public void sendMessage(P message) {
    if (!closed.get()) {
      super.sendMessage(message);
    }
  }
}
