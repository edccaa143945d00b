package io.millrace.server.grpc;

import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import java.util.Map;

/**
 * What the guard knows of a call that it ended.
 *
 * @param message what the caller was told
 * @param errorId what the log knows the failure by; empty for a refusal
 * @param subject what the error is about: model, version, requestId
 */
record KnownFailure(
    Reason reason, String message, String errorId, Map<String, String> subject, Throwable cause) {
  /** Whether it is the server's own fault. */
  boolean isFault() {
    return !errorId.isEmpty();
  }

  /** What the caller named, such as its {@code model}, cut and made printable; else empty. */
  String named(String what) {
    return Quote.plain(subject.getOrDefault(what, ""));
  }
}
