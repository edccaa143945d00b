package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.Quote;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Puts failures of the file system into words. */
final class ReadFailure {
  private ReadFailure() {}

  static Problem problem(String place, IOException failure) {
    return new Problem(
        place,
        "cannot be read: " + cause(failure),
        "let the server read it; until then what it knows stays in force");
  }

  private static String cause(IOException failure) {
    if (failure instanceof NoSuchFileException) {
      return "it does not exist";
    } else if (failure instanceof NotDirectoryException) {
      return "it is not a folder";
    } else if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    return Quote.of(String.valueOf(failure.getMessage()));
  }
}
