package io.millrace.server.repository;

import io.millrace.server.model.Quote;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Puts failures of the file system into words for who writes to it, with the path. */
final class DiskFailure {
  private DiskFailure() {}

  static IOException inWords(FileSystemException failure) {
    return new IOException(failure.getFile() + ": " + fault(failure), failure);
  }

  private static String fault(FileSystemException failure) {
    if (failure instanceof NoSuchFileException) {
      return "does not exist";
    } else if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    return Quote.plain(String.valueOf(failure.getReason()));
  }
}
