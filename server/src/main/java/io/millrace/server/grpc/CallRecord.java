package io.millrace.server.grpc;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.millrace.server.model.CallObserver;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is learned of one call, from its headers to its last byte; it ends in the call's span, its
 * metrics and its line in the log. The transport and the rooms behind the door tell it, on several
 * threads one after the other; the end of a call that was cancelled may come at any time.
 */
final class CallRecord extends ServerStreamTracer implements CallObserver {
  /** What gRPC's server says of the calls that it breaks off at the end. */
  private static final String SHUT_DOWN = "Server shutdownNow invoked";

  private static final Context.Key<CallRecord> KEY = Context.key("millrace-call");

  private final CallRecorder recorder;
  private final String method;
  private final Metadata headers;
  private final long startNanos = System.nanoTime();

  private volatile GrpcTracing.@Nullable CallSpan span;
  private volatile @Nullable Lent lent;
  private volatile @Nullable KnownFailure failure;
  private volatile @Nullable Deadline deadline;
  private volatile MethodType type = MethodType.UNARY;
  private volatile @Nullable CallRecord stream;
  private volatile boolean isTold;
  private volatile boolean isGivenUp;
  private volatile long rows;
  private volatile long deadlineNanos;
  private volatile boolean wasTaken;

  // Guarded by this.
  private boolean waits;
  private boolean ended;

  // Counted by the transport, one thread at a time.
  private long bytesIn;
  private long bytesOut;

  CallRecord(CallRecorder recorder, String method, Metadata headers) {
    this.recorder = recorder;
    this.method = method;
    this.headers = headers;
  }

  /** The record of the call whose gRPC context is current; health checks have none. */
  static Optional<CallRecord> current() {
    return Optional.ofNullable(KEY.get());
  }

  /**
   * The record of a request of the stream that this one is about, from when it came: once it has
   * begun it is counted and told as a call is, and its span is a child of the stream's.
   */
  CallRecord ofRequest() {
    CallRecord request = new CallRecord(recorder, method, headers);
    request.stream = this;
    return request;
  }

  /** The request of a stream that this one is about could be read. */
  void beginsInStream() {
    CallRecord whole = stream;
    GrpcTracing.CallSpan parent = whole == null ? null : whole.span;
    span = parent == null ? null : parent.ofRequest(method, startNanos);
  }

  /** The stream that this one is about ends because a request of it failed, as that one tells. */
  void endsLike(CallRecord request) {
    failure = request.failure;
    wasTaken = request.wasTaken;
    isTold = true;
  }

  /** How long the caller of the call whose gRPC context is current waits. */
  void begins() {
    deadline = Context.current().getDeadline();
  }

  /** How the guard ended the call. */
  void failed(KnownFailure known) {
    failure = known;
  }

  /** The server resets the call, of which the transport will say that its time is up. */
  void givenUp(KnownFailure why) {
    failure = why;
    isGivenUp = true;
  }

  @Override
  public Context filterContext(Context context) {
    return context.withValue(KEY, this);
  }

  /** What the server calls the method: the caller may have made its own name up. */
  @Override
  public void serverCallStarted(ServerCallInfo<?, ?> call) {
    type = call.getMethodDescriptor().getType();
    span = recorder.tracing().start(call.getMethodDescriptor().getFullMethodName(), headers);
  }

  @Override
  public void inboundUncompressedSize(long bytes) {
    bytesIn += bytes;
  }

  @Override
  public void outboundUncompressedSize(long bytes) {
    bytesOut += bytes;
  }

  @Override
  public synchronized void versionChosen(ModelVersionId chosen, String name) {
    GrpcMetrics.Series series = recorder.metrics().of(chosen);
    lent = new Lent(chosen, name, series);
    waits = !ended;
    if (waits) {
      series.waits();
    }
  }

  @Override
  public void accepted(long count, long callersDeadlineNanos) {
    rows = count;
    deadlineNanos = callersDeadlineNanos;
  }

  @Override
  public void taken(long enqueuedNanos, long takenNanos) {
    wasTaken = true;
    leftQueue(enqueuedNanos, takenNanos);
  }

  @Override
  public void dropped(long enqueuedNanos, long droppedNanos) {
    leftQueue(enqueuedNanos, droppedNanos);
  }

  private void leftQueue(long enqueuedNanos, long leftNanos) {
    waitsNoMore();
    Lent chosen = lent;
    if (chosen != null) {
      chosen.series().queued(leftNanos - enqueuedNanos);
      GrpcTracing.CallSpan whole = span;
      if (whole != null) {
        whole.queued(chosen.version(), enqueuedNanos, leftNanos);
      }
    }
  }

  @Override
  public void executed(Execution run) {
    Lent chosen = lent;
    if (chosen != null) {
      chosen.series().executed(run, run.startNanos() - deadlineNanos >= 0);
      GrpcTracing.CallSpan whole = span;
      if (whole != null) {
        whole.executed(chosen.version(), chosen.engine(), rows, run);
      }
    }
  }

  /** The transport has sent the last byte, or given the call up; comes once. */
  @Override
  public void streamClosed(Status status) {
    synchronized (this) {
      ended = true;
    }
    waitsNoMore();
    long nanos = System.nanoTime() - startNanos;
    CallSummary call = summary(code(status), nanos);
    count(call);
    GrpcTracing.CallSpan whole = span;
    if (whole != null) {
      whole.end(call);
    }
    if (isNoFailure()) {
      recorder.log().passed(call);
    } else {
      recorder.log().ended(call);
    }
  }

  /**
   * Whoever cuts a call off when its deadline has passed, as Envoy does, only says CANCELLED. A
   * connection that broke, of which the transport says UNKNOWN or UNAVAILABLE, leaves nobody who
   * waits either; those the server itself breaks are the ones it has waited for long enough.
   */
  private Status.Code code(Status status) {
    Status.Code code = status.getCode();
    if (isGivenUp && !status.isOk()) {
      return Status.Code.UNAVAILABLE;
    }
    boolean isBroken =
        failure == null
            && (code == Status.Code.UNKNOWN || code == Status.Code.UNAVAILABLE)
            && !SHUT_DOWN.equals(status.getDescription());
    if (!isBroken && code != Status.Code.CANCELLED) {
      return code;
    }
    Deadline named = deadline;
    return named != null && named.isExpired()
        ? Status.Code.DEADLINE_EXCEEDED
        : Status.Code.CANCELLED;
  }

  private CallSummary summary(Status.Code code, long nanos) {
    Lent chosen = lent;
    GrpcTracing.CallSpan whole = span;
    return new CallSummary(
        method,
        chosen == null ? null : chosen.version(),
        code,
        reason(code),
        failure,
        nanos,
        rows,
        bytesIn,
        bytesOut,
        whole == null ? "" : whole.traceId());
  }

  private void count(CallSummary call) {
    Lent chosen = lent;
    if (chosen != null) {
      chosen.series().ended(call.durationNanos(), call.reason());
    } else if (recorder.isInference(method) && counts()) {
      // What ended a stream of calls was none of them, however long the stream had lived.
      recorder.seriesOf(call).ended(holdsCalls() ? 0 : call.durationNanos(), call.reason());
    }
  }

  /** A stream counts only if it was refused itself; its requests count themselves. */
  private boolean counts() {
    return type.serverSendsOneMessage() || (failure != null && !isNoFailure());
  }

  /** A stream of calls does not fail by what one of them tells, nor because the server stops. */
  private boolean isNoFailure() {
    KnownFailure known = failure;
    boolean isFarewell = known != null && known.reason() == Reason.SERVER_DRAINING;
    return holdsCalls() && (isTold || isFarewell);
  }

  /** Whether each of its messages is a call of its own. */
  private boolean holdsCalls() {
    return type == MethodType.BIDI_STREAMING;
  }

  private synchronized void waitsNoMore() {
    Lent chosen = lent;
    if (waits && chosen != null) {
      waits = false;
      chosen.series().waitsNoMore();
    }
  }

  /**
   * The version that is to answer.
   *
   * @param series found once: at the end of the call the version may be unloaded and forgotten
   */
  private record Lent(ModelVersionId version, String engine, GrpcMetrics.Series series) {}

  private String reason(Status.Code code) {
    KnownFailure known = failure;
    Reason reason =
        switch (code) {
          case OK -> null;
          case CANCELLED -> Reason.CALL_CANCELLED;
          case DEADLINE_EXCEEDED -> wasTaken ? Reason.DEADLINE_IN_ENGINE : Reason.DEADLINE_IN_QUEUE;
          case UNIMPLEMENTED -> Reason.UNSUPPORTED_OPERATION;
          default -> known == null ? byTransport(code) : known.reason();
        };
    return reason == null ? "" : reason.name();
  }

  /** Why the transport ends a call that the guard has not ended. */
  private static Reason byTransport(Status.Code code) {
    return switch (code) {
      case UNAVAILABLE -> Reason.SERVER_DRAINING;
      case RESOURCE_EXHAUSTED -> Reason.MESSAGE_TOO_LARGE;
      // Frames that are none, compression that is not known, an end amid a message.
      default -> Reason.REQUEST_MALFORMED;
    };
  }
}
