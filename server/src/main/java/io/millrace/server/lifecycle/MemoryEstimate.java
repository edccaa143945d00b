package io.millrace.server.lifecycle;

import io.millrace.server.model.VersionArtifact;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Guesses from the size of its files how much memory a version will take. */
final class MemoryEstimate {
  /**
   * Measured with ONNX Runtime, which holds the weights once for all instances; server/RATIONALE.md
   * has the figures.
   */
  private static final double PER_BYTE = 1.2;

  /** What a session costs without weights. */
  private static final long EACH = 128 << 10;

  private static final String SAMPLES = "samples";

  private MemoryEstimate() {}

  /** In bytes; files that cannot be read count nothing, as their load will say why. */
  static long of(VersionArtifact artifact) {
    Path folder = artifact.modelFile().getParent();
    return EACH + (folder == null ? 0 : (long) (PER_BYTE * bytesIn(folder)));
  }

  private static long bytesIn(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !folder.relativize(file).startsWith(SAMPLES))
          .mapToLong(MemoryEstimate::size)
          .sum();
    } catch (IOException | UncheckedIOException e) {
      return 0;
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }
}
