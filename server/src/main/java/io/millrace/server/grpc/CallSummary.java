package io.millrace.server.grpc;

import io.grpc.Status;
import io.millrace.server.model.ModelVersionId;
import java.util.LinkedHashMap;
import java.util.List;
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

  /** What was chosen, else what the caller named, which need not exist. */
  private void addModel(Map<String, Object> fields) {
    if (version != null) {
      fields.put("model", version.model());
      fields.put("version", version.version());
    } else if (failure != null) {
      for (String key : List.of("model", "version")) {
        String named = failure.subject().get(key);
        if (named != null) {
          fields.put(key, named);
        }
      }
    }
  }
}
