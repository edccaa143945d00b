package io.millrace.server.bench;

import java.io.IOException;

/** What keeps a run from beginning, in one line that a person can act on. */
final class BenchException extends IOException {
  private static final long serialVersionUID = 1;

  BenchException(String message) {
    super(message.replaceAll("\\R+", " "));
  }
}
