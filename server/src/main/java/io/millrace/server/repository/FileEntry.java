package io.millrace.server.repository;

import java.nio.file.Path;
import java.time.Instant;

/**
 * An entry of a folder, as it was when it was listed.
 *
 * @param name in its folder
 * @param path where it is read; of a folder behind a link that is followed, the folder's own
 * @param key tells files apart that have had the same name, as far as the file system can
 * @param links how many names the file has
 */
record FileEntry(
    String name, Path path, Kind kind, long size, Instant modified, String key, int links) {
  enum Kind {
    FILE,
    FOLDER,
    LINK,
    /** A pipe, a socket, a device. */
    SPECIAL
  }

  boolean isFolder() {
    return kind == Kind.FOLDER;
  }

  /** Whether people and tools keep such entries anywhere without meaning them for a server. */
  boolean isHidden() {
    return name.startsWith(".");
  }

  /** Changes when the file's content does, without reading it. */
  String stamp() {
    return kind + ":" + size + ":" + modified + ":" + key;
  }
}
