package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.Quote;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Puts failures of the file system into words. */
final class ReadFailure {
  private ReadFailure() {}

  static Problem problem(String place, IOException failure) {
    return new Problem(
        place, fault(failure), "mend that; until then what the server knows of it stays in force");
  }

  private static String fault(IOException failure) {
    if (failure instanceof NoSuchFileException) {
      return "does not exist";
    } else if (failure instanceof NotDirectoryException) {
      return "is not a folder";
    } else if (failure instanceof AccessDeniedException) {
      return "cannot be read: permission denied";
    }
    // The reason alone: the message also holds the path, which is no caller's business.
    String cause =
        failure instanceof FileSystemException inFile ? inFile.getReason() : failure.getMessage();
    return "cannot be read: " + Quote.of(String.valueOf(cause));
  }
}
