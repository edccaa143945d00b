package io.millrace.server.repository;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/**
 * A folder that changes as Kubernetes changes a volume: a new generation is written, {@code ..data}
 * moves to it in one step, and the old one is removed.
 */
final class KubernetesVolume {
  private final Path folder;
  private int generation;

  KubernetesVolume(Path folder) {
    this.folder = folder;
  }

  /** Puts files in place of all that was there; the keys are their paths. */
  void replace(Map<String, String> files) {
    try {
      String name = "..2026_11_21." + ++generation;
      for (var file : files.entrySet()) {
        Path target = folder.resolve(name).resolve(file.getKey());
        Files.createDirectories(target.getParent());
        Files.writeString(target, file.getValue());
        linkThroughData(Path.of(file.getKey()).getName(0));
      }
      Path next = Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of(name));
      Files.move(
          next,
          folder.resolve("..data"),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      if (generation > 1) {
        FolderTree.delete(folder.resolve("..2026_11_21." + (generation - 1)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void linkThroughData(Path name) throws IOException {
    Path link = folder.resolve(name);
    if (!Files.isSymbolicLink(link)) {
      Files.createSymbolicLink(link, Path.of("..data").resolve(name));
    }
  }
}
