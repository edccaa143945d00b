package io.millrace.server.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.ServingException.FieldViolation;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The {@code google.rpc.Status} of a failure, small enough that message and details together pass
 * clients that take 8 KiB of headers.
 *
 * @param metadata what is known of the call: model, version, requestId, errorId, limitBytes
 * @param random spreads the retries of callers that failed together
 */
record ErrorDetails(
    ServingException failure, Status.Code code, Map<String, String> metadata, long random) {
  /** The domain of {@code ErrorInfo}: reasons are unique within it. */
  static final String DOMAIN = "millrace";

  /** The message travels twice: percent-encoded, up to three times as long, and in the details. */
  private static final int MAX_MESSAGE_BYTES = 768;

  private static final int MAX_DETAILS_BYTES = 3_072;
  private static final int MAX_FIELD_BYTES = 256;

  private static final int SOON_MILLIS = 100;
  private static final int ELSEWHERE_MILLIS = 500;
  private static final int LATER_MILLIS = 1_000;

  /** However long or short a queue is: many callers come back, and its length changes meanwhile. */
  private static final int LEAST_MILLIS = 20;

  private static final int MOST_MILLIS = 5_000;

  com.google.rpc.Status toProto() {
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(code.value())
            .setMessage(cut(failure.getMessage(), MAX_MESSAGE_BYTES))
            .addDetails(Any.pack(errorInfo()));
    switch (code) {
      case INVALID_ARGUMENT -> addIfNotEmpty(status, badRequest());
      case NOT_FOUND -> status.addDetails(Any.pack(resourceInfo()));
      case FAILED_PRECONDITION -> status.addDetails(Any.pack(preconditionFailure()));
      case UNAVAILABLE -> status.addDetails(Any.pack(retryInfo()));
      default -> {}
    }
    return status.build();
  }

  private static void addIfNotEmpty(com.google.rpc.Status.Builder status, Message detail) {
    if (detail.getSerializedSize() > 0) {
      status.addDetails(Any.pack(detail));
    }
  }

  private ErrorInfo errorInfo() {
    ErrorInfo.Builder info =
        ErrorInfo.newBuilder().setReason(failure.reason().name()).setDomain(DOMAIN);
    metadata.forEach((key, value) -> info.putMetadata(key, cut(value, MAX_FIELD_BYTES)));
    return info.build();
  }

  /** As many violations as fit. */
  private BadRequest badRequest() {
    BadRequest.Builder request = BadRequest.newBuilder();
    int room = MAX_DETAILS_BYTES - MAX_MESSAGE_BYTES - errorInfo().getSerializedSize();
    for (FieldViolation violation : failure.violations()) {
      BadRequest.FieldViolation field =
          BadRequest.FieldViolation.newBuilder()
              .setField(cut(violation.field(), MAX_FIELD_BYTES))
              .setDescription(cut(violation.description(), MAX_FIELD_BYTES))
              .build();
      room -= field.getSerializedSize();
      if (room < 0) {
        break;
      }
      request.addFieldViolations(field);
    }
    return request.build();
  }

  private ResourceInfo resourceInfo() {
    String model = metadata.getOrDefault("model", "");
    // A model of which nothing serves has no version either, though none was named.
    boolean version =
        failure.reason() == Reason.VERSION_NOT_FOUND && metadata.containsKey("version");
    return ResourceInfo.newBuilder()
        .setResourceType(version ? "model version" : "model")
        .setResourceName(
            cut(version ? model + "/" + metadata.get("version") : model, MAX_FIELD_BYTES))
        .build();
  }

  private PreconditionFailure preconditionFailure() {
    return PreconditionFailure.newBuilder()
        .addViolations(
            PreconditionFailure.Violation.newBuilder()
                .setType(failure.reason().name())
                .setSubject(metadata.getOrDefault("model", ""))
                .setDescription(cut(failure.getMessage(), MAX_FIELD_BYTES)))
        .build();
  }

  private RetryInfo retryInfo() {
    long millis = retryMillis();
    Duration delay =
        Duration.newBuilder()
            .setSeconds(millis / 1_000)
            .setNanos((int) (millis % 1_000) * 1_000_000)
            .build();
    return RetryInfo.newBuilder().setRetryDelay(delay).build();
  }

  /**
   * How long the library of a caller that retries is told to wait; empty where it may choose, as
   * another server can answer at once.
   */
  OptionalLong pushbackMillis() {
    return switch (failure.reason()) {
      case MODEL_LOADING, MODEL_QUEUE_FULL, SERVER_OVERLOADED -> OptionalLong.of(retryMillis());
      default -> OptionalLong.empty();
    };
  }

  /** When a caller by HTTP may come back, whole seconds; empty where a retry does not help. */
  OptionalLong retryAfterSeconds() {
    return code == Status.Code.UNAVAILABLE
        ? OptionalLong.of((retryMillis() + 999) / 1_000)
        : OptionalLong.empty();
  }

  /** Between half and one and a half times what was measured, or else what the reason calls for. */
  private long retryMillis() {
    int base = failure.retryDelay().isZero() ? usualMillis() : measuredMillis();
    return base / 2L + Math.floorMod(random, base);
  }

  private int measuredMillis() {
    return (int) Math.max(LEAST_MILLIS, Math.min(failure.retryDelay().toMillis(), MOST_MILLIS));
  }

  private int usualMillis() {
    return switch (failure.reason()) {
      case MODEL_LOADING -> LATER_MILLIS;
      case SERVER_STARTING, SERVER_DRAINING -> ELSEWHERE_MILLIS;
      default -> SOON_MILLIS;
    };
  }

  /** The text, or as much of its beginning as leaves room for three dots. */
  private static String cut(String text, int maxBytes) {
    ByteString bytes = ByteString.copyFromUtf8(text);
    if (bytes.size() <= maxBytes) {
      return text;
    }
    int end = maxBytes - 3;
    // Not inside a character: its further bytes are 10xxxxxx.
    while ((bytes.byteAt(end) & 0xC0) == 0x80) {
      end--;
    }
    return bytes.substring(0, end).toStringUtf8() + "...";
  }
}
