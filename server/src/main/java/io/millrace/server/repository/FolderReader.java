package io.millrace.server.repository;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What a scan needs of a file system; no link is followed below the repository's own path. */
interface FolderReader {
  /** Where the repository really is, after all links. */
  Path resolve(Path repository) throws IOException;

  /** What is in a folder, by name; entries that vanish meanwhile are left out. */
  List<FileEntry> list(Path folder) throws IOException;

  /** A file's bytes, but at most one more than the limit. */
  byte[] read(Path file, int limit) throws IOException;
}
