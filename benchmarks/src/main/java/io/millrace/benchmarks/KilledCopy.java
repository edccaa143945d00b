package io.millrace.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * By a copy into the version's own folder, the manifest last. It stops by itself where it is to be
 * killed. Confined to one thread.
 */
final class KilledCopy implements KilledDrop {
  private static final String MANIFEST = "manifest.json";

  /** The manifest is so small that a share of all bytes would never end in it. */
  private static final double MODEL_SHARE = 0.9;

  private final Path launcher;
  private final StampedModel model;
  private final Path sources;
  private long unfinished;

  /**
   * @param sources an empty folder
   */
  KilledCopy(Path launcher, StampedModel model, Path sources) {
    this.launcher = launcher;
    this.model = model;
    this.sources = sources;
  }

  @Override
  public void begin(Path repository, long version, double done)
      throws IOException, InterruptedException {
    unfinished = version;
    copy(source(version), repository, version, done);
  }

  private Path source(long version) throws IOException, InterruptedException {
    Path source = Files.createDirectory(sources.resolve("" + version));
    Path unused = model.write(source, version);
    int code =
        new ProcessBuilder(launcher.toString(), "package", source.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start()
            .waitFor();
    if (code != 0) {
      throw new IOException("the manifest of version %d was refused".formatted(version));
    }
    return source;
  }

  private static void copy(Path source, Path repository, long version, double done)
      throws IOException {
    Path folder =
        Files.createDirectory(
            repository.resolve(StampedModel.NAME).resolve(Long.toString(version)));
    copy(source, folder, StampedModel.FILE, done / MODEL_SHARE);
    if (done >= MODEL_SHARE) {
      copy(source, folder, MANIFEST, (done - MODEL_SHARE) / (1 - MODEL_SHARE));
    }
  }

  private static void copy(Path source, Path folder, String name, double share) throws IOException {
    byte[] bytes = Files.readAllBytes(source.resolve(name));
    int count = (int) Math.min(bytes.length, Math.round(bytes.length * share));
    try (OutputStream file = Files.newOutputStream(folder.resolve(name))) {
      file.write(bytes, 0, count);
    }
  }

  /** It has stopped. */
  @Override
  public void kill() {}

  /** Who finds half of a version deletes it first. */
  @Override
  public void complete(Path repository, long version) throws IOException, InterruptedException {
    if (unfinished > 0 && !isThere(repository, unfinished)) {
      StressServer.delete(repository.resolve(StampedModel.NAME).resolve(Long.toString(unfinished)));
    }
    copy(source(version), repository, version, 1);
  }
}
