package io.millrace.server.repository;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** Writes manifests so that nobody ever sees a part of one. */
final class ManifestWriter {
  private static final String UNFINISHED = "." + Manifest.FILE_NAME + "-";

  private ManifestWriter() {}

  /** Whether a file of that name is what a writer that was killed left behind. */
  static boolean isUnfinished(String name) {
    return name.startsWith(UNFINISHED);
  }

  /** Puts a manifest into a version's folder in one step, and clears what others left there. */
  static void write(Path folder, Manifest manifest) throws IOException {
    clear(folder);
    Path unfinished = folder.resolve(UNFINISHED + ProcessHandle.current().pid());
    try {
      Durable.write(unfinished, manifest.toBytes());
      Files.move(unfinished, folder.resolve(Manifest.FILE_NAME), StandardCopyOption.ATOMIC_MOVE);
      Durable.sync(folder);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static void clear(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (isUnfinished(String.valueOf(file.getFileName()))) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
