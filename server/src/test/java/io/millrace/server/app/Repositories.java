package io.millrace.server.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/** Builds and changes folders of models for tests. */
final class Repositories {
  /** Tiny models with known answers; see the README there. */
  static final Path FIXTURES = Path.of("src/test/models");

  private Repositories() {}

  /** Puts a fixture in as a version, in one atomic step, as a careful operator does. */
  static void drop(Path repository, String model, long version, String fixture) {
    try {
      Path folder = repository.resolve(model).resolve(Long.toString(version));
      Files.createDirectories(folder.getParent());
      Path staged = Files.createTempDirectory(repository.getParent(), "staged");
      String name = fixture.endsWith(".pt") ? "model.pt" : "model.onnx";
      Files.copy(FIXTURES.resolve(fixture), staged.resolve(name));
      Files.move(staged, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> deepestFirst = files.sorted((a, b) -> b.compareTo(a)).toList();
      for (Path file : deepestFirst) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
