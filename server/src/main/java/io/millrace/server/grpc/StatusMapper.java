package io.millrace.server.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;

/**
 * Turns failures into gRPC statuses with {@code google.rpc} details; the only place that knows
 * codes. Thread-safe.
 *
 * <p>UNAVAILABLE means that the call was not executed and a retry can help, RESOURCE_EXHAUSTED that
 * the caller asks for too much, FAILED_PRECONDITION that an operator must act; UNKNOWN never comes.
 */
final class StatusMapper {
  /** What gRPC's own retries go by (gRFC A6). */
  static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  /** Envoy makes HTTP headers of the trailers of a call that fails (RFC 9110, section 10.2.3). */
  static final Metadata.Key<String> RETRY_AFTER =
      Metadata.Key.of("retry-after", Metadata.ASCII_STRING_MARSHALLER);

  private static final Metadata.Key<com.google.rpc.Status> DETAILS =
      Metadata.Key.of(
          "grpc-status-details-bin",
          ProtoUtils.metadataMarshaller(com.google.rpc.Status.getDefaultInstance()));

  private final LongSupplier random;

  /**
   * @param random any longs; they make error ids and spread retries
   */
  StatusMapper(LongSupplier random) {
    this.random = random;
  }

  /**
   * How a call ends.
   *
   * @param errorId what the log knows the failure by; empty for a refusal, which is no fault of the
   *     server's
   */
  record Outcome(Status status, Metadata trailers, Reason reason, String errorId) {
    boolean isFailure() {
      return !errorId.isEmpty();
    }

    /** What is known of the failure that led here. */
    KnownFailure known(Throwable failure) {
      return new KnownFailure(
          reason,
          String.valueOf(status.getDescription()),
          errorId,
          subject(failure),
          unwrap(failure));
    }

    /** One door says it beside the failure, another within. */
    private static Map<String, String> subject(Throwable failure) {
      Map<String, String> subject = new HashMap<>();
      if (unwrap(failure) instanceof ServingException known) {
        subject.putAll(known.subject());
      }
      if (failure instanceof CallFailure call) {
        subject.putAll(call.subject());
      }
      return Map.copyOf(subject);
    }
  }

  /** The code of a reason: the contract with every client. */
  static Status.Code codeOf(Reason reason) {
    return switch (reason) {
      case REQUEST_MALFORMED,
          TENSOR_SHAPE_MISMATCH,
          TENSOR_DTYPE_MISMATCH,
          TENSOR_SIZE_MISMATCH,
          TENSOR_MISSING,
          TENSOR_DUPLICATE,
          PARAMETER_INVALID ->
          Status.Code.INVALID_ARGUMENT;
      case MODEL_NOT_FOUND, VERSION_NOT_FOUND -> Status.Code.NOT_FOUND;
      case MODEL_LOADING, MODEL_QUEUE_FULL, SERVER_OVERLOADED, SERVER_STARTING, SERVER_DRAINING ->
          Status.Code.UNAVAILABLE;
      case MODEL_LOAD_FAILED, MODEL_LOAD_TIMEOUT, MODEL_SAMPLE_MISMATCH, MODEL_QUARANTINED ->
          Status.Code.FAILED_PRECONDITION;
      case MESSAGE_TOO_LARGE, TOO_MANY_TENSORS, MEMORY_BUDGET_EXCEEDED ->
          Status.Code.RESOURCE_EXHAUSTED;
      case PERMISSION_DENIED -> Status.Code.PERMISSION_DENIED;
      case LABEL_MOVED, CONFIGURATION_WAITING, WATCHER_TOO_SLOW -> Status.Code.ABORTED;
      case DEADLINE_IN_QUEUE, DEADLINE_IN_ENGINE -> Status.Code.DEADLINE_EXCEEDED;
      case CALL_CANCELLED -> Status.Code.CANCELLED;
      case UNSUPPORTED_OPERATION -> Status.Code.UNIMPLEMENTED;
      case ENGINE_ERROR, INTERNAL_ERROR -> Status.Code.INTERNAL;
    };
  }

  /** The failure itself, without what carried it here. */
  static Throwable unwrap(Throwable failure) {
    if (failure instanceof CallFailure call) {
      return unwrap(call.failure());
    }
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? unwrap(cause) : failure;
  }

  /** How a call ends that failed so. Of an unexpected failure the caller learns only an id. */
  Outcome map(Throwable failure) {
    Map<String, String> subject = failure instanceof CallFailure call ? call.subject() : Map.of();
    if (unwrap(failure) instanceof ServingException known) {
      return outcome(known, subject);
    }
    return outcome(
        ServingException.refusal(
            Reason.INTERNAL_ERROR, "the server failed to answer; its log knows why by the errorId"),
        subject);
  }

  /** The reason that is told in the trailers of a call; empty if none is. */
  static String reason(Metadata trailers) {
    com.google.rpc.Status details = trailers.get(DETAILS);
    if (details == null || details.getDetailsCount() == 0) {
      return "";
    }
    try {
      return details.getDetails(0).unpack(ErrorInfo.class).getReason();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("details begin with a reason", e);
    }
  }

  private Outcome outcome(ServingException failure, Map<String, String> subject) {
    Status.Code code = codeOf(failure.reason());
    String errorId = code == Status.Code.INTERNAL ? newErrorId() : "";
    Map<String, String> metadata = new HashMap<>(failure.subject());
    metadata.putAll(subject);
    if (!errorId.isEmpty()) {
      metadata.put("errorId", errorId);
    }
    ErrorDetails details = new ErrorDetails(failure, code, metadata, random.getAsLong());
    com.google.rpc.Status proto = details.toProto();
    Metadata trailers = new Metadata();
    trailers.put(DETAILS, proto);
    details.pushbackMillis().ifPresent(ms -> trailers.put(PUSHBACK, Long.toString(ms)));
    details.retryAfterSeconds().ifPresent(s -> trailers.put(RETRY_AFTER, Long.toString(s)));
    // Not by StatusProto, which makes an exception with a stack for it: refusals must be cheap.
    Status status = code.toStatus().withDescription(proto.getMessage());
    return new Outcome(status, trailers, failure.reason(), errorId);
  }

  private String newErrorId() {
    return HexFormat.of().toHexDigits(random.getAsLong());
  }
}
