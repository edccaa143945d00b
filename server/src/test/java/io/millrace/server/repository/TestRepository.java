package io.millrace.server.repository;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A repository in a temporary folder. */
final class TestRepository {
  private final Path root;

  TestRepository(Path root) {
    this.root = root;
  }

  Path path(String name) {
    return root.resolve(name).normalize();
  }

  /** Writes a file, with the folders above it. */
  Path write(String name, String content) {
    try {
      Files.createDirectories(path(name).getParent());
      return Files.writeString(path(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes a named pipe, which nobody may open: it would wait for ever. */
  void pipe(String name) throws IOException, InterruptedException {
    Process mkfifo = new ProcessBuilder("mkfifo", path(name).toString()).start();
    assumeTrue(mkfifo.waitFor() == 0, "no mkfifo here");
  }

  void append(String name, String content) {
    try {
      Files.writeString(path(name), content, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path folder(String name) {
    try {
      return Files.createDirectories(path(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void move(String from, String to) {
    try {
      Files.createDirectories(path(to).getParent());
      Files.move(path(from), path(to));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void delete(String name) {
    walk(name, Comparator.reverseOrder())
        .forEach(
            path -> {
              try {
                Files.delete(path);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  /** Gives everything the same time of change. */
  void date(Instant time) {
    walk("", Comparator.naturalOrder())
        .forEach(
            path -> {
              try {
                Files.setLastModifiedTime(path, FileTime.from(time));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  private List<Path> walk(String name, Comparator<Path> order) {
    try (Stream<Path> paths = Files.walk(path(name))) {
      return paths.sorted(order).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
