package io.millrace.server.repository;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder with all that is in it; links in it are not followed. */
final class FolderTree {
  private FolderTree() {}

  /** The folder and those in it, the deepest first. */
  static List<Path> folders(Path folder) throws IOException {
    return deepestFirst(folder).stream()
        .filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
        .toList();
  }

  /** The manifest goes last of all files: while it is there, its lock tells whose folder it is. */
  static void delete(Path folder) throws IOException {
    Path manifest = folder.resolve(Manifest.FILE_NAME);
    for (Path path : deepestFirst(folder)) {
      if (!path.equals(manifest) && !path.equals(folder)) {
        Files.deleteIfExists(path);
      }
    }
    Files.deleteIfExists(manifest);
    Files.deleteIfExists(folder);
  }

  private static List<Path> deepestFirst(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.sorted(Comparator.reverseOrder()).toList();
    }
  }
}
