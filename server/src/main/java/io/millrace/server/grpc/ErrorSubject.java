package io.millrace.server.grpc;

import io.millrace.server.model.ModelName;
import java.util.HashMap;
import java.util.Map;

/** What an error is about, as the metadata of its {@code ErrorInfo}: only what is known. */
final class ErrorSubject {
  private final Map<String, String> metadata = new HashMap<>();

  private ErrorSubject() {}

  /** A name that breaks the rule for names names no model, and stays out. */
  static ErrorSubject ofModel(String name) {
    ErrorSubject subject = new ErrorSubject();
    return subject.with("model", ModelName.isValid(name) ? name : "");
  }

  ErrorSubject version(String version) {
    return with("version", version);
  }

  ErrorSubject requestId(String id) {
    return with("requestId", id);
  }

  private ErrorSubject with(String key, String value) {
    if (!value.isEmpty()) {
      metadata.put(key, value);
    }
    return this;
  }

  Map<String, String> toMetadata() {
    return metadata;
  }
}
