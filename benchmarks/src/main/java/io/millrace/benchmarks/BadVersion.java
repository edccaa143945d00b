package io.millrace.benchmarks;

/** A way in which a version cannot be served, and what the server must call it. */
enum BadVersion {
  TRUNCATED("cut in half", "MODEL_LOAD_FAILED"),
  NOISE("random bytes", "MODEL_LOAD_FAILED"),
  OTHER_SIGNATURE("another signature than config.yaml says", "MODEL_LOAD_FAILED"),
  WRONG_ANSWER("a wrong answer to a sample", "MODEL_SAMPLE_MISMATCH"),
  SLOW_LOAD("a load that takes too long", "MODEL_LOAD_TIMEOUT"),
  TOO_LARGE("beyond the memory budget", "MEMORY_BUDGET_EXCEEDED"),
  CRASH("a crash in native code", "MODEL_LOAD_FAILED");

  private final String description;
  private final String reason;

  BadVersion(String description, String reason) {
    this.description = description;
    this.reason = reason;
  }

  String description() {
    return description;
  }

  /** As the status of the version has it. */
  String reason() {
    return reason;
  }
}
