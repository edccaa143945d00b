package io.millrace.server.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.millrace.server.model.Quote;
import io.millrace.server.model.ServingException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call that ends once, and never with UNKNOWN: what its service could not put into a status goes
 * through {@link StatusMapper}. Ending it again changes nothing, nor does what is sent afterwards.
 * What is sent may come from several threads. Make it while the call's context is current.
 */
final class GuardedCall<Q, P> extends SimpleForwardingServerCall<Q, P>
    implements OpenStreams.Stream, CallersTurn.Stalling {
  private final StatusMapper mapper;
  private final FailureLog failures;
  private final MessageMemory.Share memory = MessageMemory.SHARE.get();
  private final Optional<CallRecord> record = CallRecord.current();
  private final @Nullable CallersTurn turn;
  private volatile boolean failed;

  // Guarded by this.
  private boolean closed;

  /**
   * @param turn is told when the last answer leaves; null for a call within another one
   */
  GuardedCall(
      ServerCall<Q, P> call, StatusMapper mapper, FailureLog failures, @Nullable CallersTurn turn) {
    super(call);
    this.turn = turn;
    this.mapper = mapper;
    this.failures = failures;
    record.ifPresent(CallRecord::begins);
  }

  /** Whether the guard itself has ended the call. */
  boolean hasFailed() {
    return failed;
  }

  /** Ends the call with the status of a failure, unless it has ended. */
  @Override
  public void fail(Throwable failure) {
    failed = true;
    closeWith(failure);
  }

  @Override
  public void end(ServingException why) {
    fail(why);
  }

  @Override
  public void givenUp(ServingException why) {
    record.ifPresent(call -> call.givenUp(mapper.map(why).known(why)));
  }

  @Override
  public void close(Status status, Metadata trailers) {
    if (status.getCode() != Status.Code.UNKNOWN) {
      if (mayEnd()) {
        end(printable(status), trailers);
      }
      return;
    }
    Throwable cause = status.getCause();
    closeWith(cause == null ? status.asRuntimeException() : cause);
  }

  /** The library's own services say a caller's words again, however long and strange they are. */
  private static Status printable(Status status) {
    String words = status.getDescription();
    return words == null ? status : status.withDescription(Quote.plain(words));
  }

  private void closeWith(Throwable failure) {
    if (!mayEnd()) {
      return;
    }
    StatusMapper.Outcome outcome = mapper.map(failure);
    if (record.isPresent()) {
      record.get().failed(outcome.known(failure));
    } else if (outcome.isFailure()) {
      failures.record(
          getMethodDescriptor().getFullMethodName(),
          outcome.errorId(),
          StatusMapper.unwrap(failure));
    }
    end(outcome.status(), outcome.trailers());
  }

  /** Whether it is for the caller to end the call, and nobody else from now on. */
  private synchronized boolean mayEnd() {
    boolean isFirst = !closed;
    closed = true;
    return isFirst;
  }

  private void end(Status status, Metadata trailers) {
    if (turn != null) {
      turn.requestIsWhole();
      turn.answerLeaves(memory.bytes());
    }
    super.close(status, trailers);
  }

  @Override
  public synchronized void sendHeaders(Metadata headers) {
    if (!closed) {
      super.sendHeaders(headers);
    }
  }

  /** Where there is one answer, the request's memory is the answer's from here on. */
  @Override
  public synchronized void sendMessage(P message) {
    if (closed) {
      return;
    }
    try {
      if (message instanceof InputStream bytes
          && message instanceof KnownLength
          && getMethodDescriptor().getType().serverSendsOneMessage()) {
        memory.resize(bytes.available());
      }
    } catch (ServingException | IOException e) {
      fail(e);
      return;
    }
    super.sendMessage(message);
  }
}
