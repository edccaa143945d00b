package io.millrace.server.repository;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a scan needs of a file system; below the repository's own path no link is followed, but by
 * {@link LinkedFolderReader}.
 */
interface FolderReader {
  /** Where the repository really is, after all links. */
  Path resolve(Path repository) throws IOException;

  /** What is in a folder, by name; entries that vanish meanwhile are left out. */
  List<FileEntry> list(Path folder) throws IOException;

  /** What has that name in a folder; empty if nothing has. */
  Optional<FileEntry> find(Path folder, String name) throws IOException;

  /** A reader of the same that has followed no link yet. */
  default FolderReader anew() {
    return this;
  }

  /** Whether each link that was followed leads where it led. */
  default boolean linksStand() {
    return true;
  }

  /** A file's bytes, to be read once. */
  InputStream open(Path file) throws IOException;

  /** A file's bytes, but at most one more than the limit. */
  default byte[] read(Path file, int limit) throws IOException {
    try (InputStream in = open(file)) {
      return in.readNBytes(limit + 1);
    }
  }
}
