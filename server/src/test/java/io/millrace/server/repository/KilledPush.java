package io.millrace.server.repository;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;

/** A process of its own that pushes a version, and is killed at one of the push's steps. */
final class KilledPush {
  private int step;

  private KilledPush() {}

  /**
   * Pushes.
   *
   * @param args the repository, the folder to push, and the number of the step
   */
  public static void main(String[] args) throws IOException {
    KilledPush killed = new KilledPush();
    int last = Integer.parseInt(args[2]);
    new ModelPush(
            new RepositoryOptions(Path.of(args[0]), Duration.ofSeconds(1), true),
            () -> killed.at(last))
        .push(new ModelPush.Order(Path.of(args[1]), "iris", OptionalLong.empty()));
    System.out.println("pushed");
  }

  private boolean at(int last) {
    if (step++ == last) {
      try {
        new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid()))
            .start()
            .waitFor();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    return false;
  }
}
