package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** By {@code millrace push}, which is killed too. Confined to one thread. */
final class KilledPush implements KilledDrop {
  private final Path launcher;
  private final StampedModel model;
  private final Path sources;
  private @Nullable Process push;

  /**
   * @param sources an empty folder
   */
  KilledPush(Path launcher, StampedModel model, Path sources) {
    this.launcher = launcher;
    this.model = model;
    this.sources = sources;
  }

  @Override
  public void begin(Path repository, long version, double done) throws IOException {
    Path source = source(version);
    long bytes = Files.size(source);
    Process started = push(source, repository, version);
    push = started;
    Path folder = repository.resolve(StampedModel.NAME);
    while (started.isAlive() && arrived(folder) < Math.max(done * bytes, 1)) {
      Thread.onSpinWait();
    }
    if (done == 1) {
      // So that some end just before, some with and some after the step that shows the version.
      while (started.isAlive() && !isThere(repository, version)) {
        Thread.onSpinWait();
      }
    }
    if (!started.isAlive()) {
      requireGood(started, version);
    }
  }

  private static void requireGood(Process ended, long version) throws IOException {
    if (ended.exitValue() != 0) {
      throw new IOException(
          "the push of version %d ended with %d".formatted(version, ended.exitValue()));
    }
  }

  /** Bytes in hidden folders: nobody sees them yet. */
  private static long arrived(Path folder) throws IOException {
    long bytes = 0;
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.filter(KilledPush::isHidden).toList()) {
        bytes += size(entry.resolve(StampedModel.FILE));
      }
    }
    return bytes;
  }

  private static boolean isHidden(Path entry) {
    return entry.getFileName().toString().startsWith(".");
  }

  private static long size(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException notYet) {
      return 0;
    }
  }

  private Path source(long version) throws IOException {
    return model.write(Files.createDirectory(sources.resolve("" + version)), version);
  }

  private Process push(Path source, Path repository, long version) throws IOException {
    return new ProcessBuilder(
            launcher.toString(),
            "push",
            source.toString(),
            repository.toString(),
            "--model",
            StampedModel.NAME,
            "--version",
            Long.toString(version))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Override
  public void kill() throws InterruptedException {
    if (push != null) {
      // The launcher has become the JVM.
      push.destroyForcibly().waitFor();
    }
  }

  @Override
  public void complete(Path repository, long version) throws IOException, InterruptedException {
    Process whole = push(source(version), repository, version);
    whole.waitFor();
    requireGood(whole, version);
  }
}
