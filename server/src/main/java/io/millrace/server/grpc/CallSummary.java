package io.millrace.server.grpc;

import io.grpc.Status;
import io.millrace.server.model.ModelVersionId;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One call that has ended.
 *
 * @param method full name, as the caller wrote it
 * @param version that was chosen; null if none was
 * @param reason why it failed; empty if it did not
 * @param failure what is known of the failure; null if its status is all
 * @param rows of the request; 0 if it was not accepted
 * @param traceId empty if there is no trace
 */
record CallSummary(
    String method,
    @Nullable ModelVersionId version,
    Status.Code code,
    String reason,
    @Nullable KnownFailure failure,
    long durationNanos,
    long rows,
    long bytesIn,
    long bytesOut,
    String traceId) {
  boolean hasFailed() {
    return code != Status.Code.OK;
  }

  /** What each line about the call tells, by the names in the log, in its order. */
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("method", method);
    addModel(fields);
    fields.put("code", code.name());
    if (!reason.isEmpty()) {
      fields.put("reason", reason);
    }
    fields.put("duration_ms", Math.round(durationNanos / 1e3) / 1e3);
    if (!traceId.isEmpty()) {
      fields.put("trace_id", traceId);
    }
    return fields;
  }

  private void addModel(Map<String, Object> fields) {
    if (!modelName().isEmpty()) {
      fields.put("model", modelName());
    }
    if (!versionName().isEmpty()) {
      fields.put("version", versionName());
    }
  }

  /** The model that was chosen, else what the caller named, which need not exist; else empty. */
  String modelName() {
    return version == null ? named("model") : version.model();
  }

  /** The version as {@link #modelName()} the model; the caller may have named a label. */
  String versionName() {
    return version == null ? named("version") : Long.toString(version.version());
  }

  private String named(String what) {
    return failure == null ? "" : failure.named(what);
  }
}
