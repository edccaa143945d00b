package io.millrace.server.grpc;

import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.v1.RestServiceGrpc;
import java.util.Set;

/**
 * The outermost interceptor: whatever goes wrong between the bytes of a request and its answer ends
 * the call with a status of {@link StatusMapper}; the library would answer UNKNOWN. Thread-safe.
 *
 * <p>Services must take their messages as streams, so that those are parsed inside the guard.
 */
final class CallGuard implements ServerInterceptor {
  /** A stream of inferences says itself when it can end; one of a single answer ends with that. */
  private static final Set<String> ENDING_BY_THEMSELVES =
      Set.of(
          StreamedInference.NAME,
          RestServiceGrpc.getV2ModelGenerateStreamMethod().getFullMethodName());

  private final StatusMapper mapper;
  private final FailureLog failures;
  private final OpenStreams streams = new OpenStreams();

  CallGuard(StatusMapper mapper, FailureLog failures) {
    this.mapper = mapper;
    this.failures = failures;
  }

  @Override
  public <Q, P> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
    CallersTurn turn = CallersTurn.current();
    GuardedCall<Q, P> guarded = new GuardedCall<>(call, mapper, failures, turn);
    turn.isOf(guarded);
    MessageTracer.onRefusal(guarded::fail);
    try {
      ServerCall.Listener<Q> listener = next.startCall(guarded, headers);
      if (isEndedByItsCaller(call.getMethodDescriptor())) {
        streams.add(guarded);
      }
      return new GuardedListener<>(listener, guarded, turn);
    } catch (RuntimeException | Error e) {
      guarded.fail(e);
      return new ServerCall.Listener<>() {};
    }
  }

  private static boolean isEndedByItsCaller(MethodDescriptor<?, ?> method) {
    return !method.getType().serverSendsOneMessage()
        && !ENDING_BY_THEMSELVES.contains(method.getFullMethodName());
  }

  /** A call within the one whose gRPC context is current; it ends as all calls do. */
  <Q, P> GuardedCall<Q, P> guarded(ServerCall<Q, P> call) {
    return new GuardedCall<>(call, mapper, failures, null);
  }

  /** Those that {@link #endStreams()} ends. */
  OpenStreams streams() {
    return streams;
  }

  /** Ends the calls that would go on until their callers end them, and each new one of them. */
  void endStreams() {
    streams.endAll();
  }

  /** Confined to the call's thread, as gRPC promises listeners. */
  private final class GuardedListener<Q> extends ForwardingServerCallListener<Q> {
    private final ServerCall.Listener<Q> delegate;
    private final GuardedCall<Q, ?> call;
    private final CallersTurn turn;
    private boolean hasMessage;

    GuardedListener(ServerCall.Listener<Q> delegate, GuardedCall<Q, ?> call, CallersTurn turn) {
      this.delegate = delegate;
      this.call = call;
      this.turn = turn;
    }

    @Override
    protected ServerCall.Listener<Q> delegate() {
      return delegate;
    }

    @Override
    public void onMessage(Q message) {
      guarded(
          () -> {
            if (hasMessage && takesOneMessage()) {
              throw surplusMessage();
            }
            hasMessage = true;
            super.onMessage(message);
          });
    }

    @Override
    public void onHalfClose() {
      turn.requestIsWhole();
      guarded(
          () -> {
            if (!hasMessage && takesOneMessage()) {
              throw noMessage();
            }
            super.onHalfClose();
          });
    }

    /**
     * As most methods do, by {@link StreamedService}; not reflection, nor streams of inferences.
     */
    private boolean takesOneMessage() {
      return call.getMethodDescriptor().getType() != MethodDescriptor.MethodType.BIDI_STREAMING;
    }

    @Override
    public void onReady() {
      guarded(super::onReady);
    }

    @Override
    public void onCancel() {
      streams.remove(call);
      guardedEnd(super::onCancel);
    }

    @Override
    public void onComplete() {
      streams.remove(call);
      guardedEnd(super::onComplete);
    }

    /** A call that the guard has ended hears nothing more from its caller. */
    private void guarded(Runnable event) {
      if (!call.hasFailed()) {
        guardedEnd(event);
      }
    }

    private void guardedEnd(Runnable event) {
      try {
        event.run();
      } catch (RuntimeException | Error e) {
        call.fail(e);
      }
    }
  }

  private static ServingException noMessage() {
    return ServingException.refusal(
        Reason.REQUEST_MALFORMED, "the call came without its request message");
  }

  private static ServingException surplusMessage() {
    return ServingException.refusal(
        Reason.REQUEST_MALFORMED, "the call came with more than one request message");
  }
}
