package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A version of {@link StampedModel} on its way into a repository, which ends before it is there.
 */
interface KilledDrop {
  /**
   * Begins to bring a version, and goes on until so much of it is there.
   *
   * @param done from 0 for nothing to 1 for all
   */
  void begin(Path repository, long version, double done) throws IOException, InterruptedException;

  /** Ends at once whatever still brings it. */
  void kill() throws InterruptedException;

  /** Brings a version as a whole, after one that was killed. */
  void complete(Path repository, long version) throws IOException, InterruptedException;

  /** Whether a version is there as a whole; its manifest is the last that a drop brings. */
  default boolean isThere(Path repository, long version) throws IOException {
    Path folder = repository.resolve(StampedModel.NAME).resolve(Long.toString(version));
    Path manifest = folder.resolve("manifest.json");
    return Files.exists(manifest) && Files.readString(manifest).endsWith("}\n");
  }
}
