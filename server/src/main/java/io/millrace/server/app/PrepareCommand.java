package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * {@code millrace prepare}: makes the archive of classes with which later starts are faster. The
 * launcher says where it goes, and uses it from then on as long as it fits.
 */
@Command(
    name = "prepare",
    description = "Make later starts faster: starts once, predicts, and keeps the classes",
    footerHeading = "%nRead from the environment:%n",
    footer = "MILLRACE_ARCHIVE_DIR: the folder it goes to; default where Millrace lies.")
final class PrepareCommand implements Callable<Integer> {
  /** By this the launcher names the archive that it would use. */
  static final String ARCHIVE_PROPERTY = "millrace.archive";

  private final StopSignal stop;

  PrepareCommand(StopSignal stop) {
    this.stop = stop;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    String named = System.getProperty(ARCHIVE_PROPERTY);
    if (named == null) {
      throw new IOException("only the launcher ./millrace can start this: it says where to write");
    }
    Path archive = Path.of(named).toAbsolutePath();
    Path folder = workFolder(archive);
    try {
      System.out.println("Starting once, to learn which classes a start needs");
      Path made = TrainingRun.in(folder, System.getenv(), stop.requested());
      // Whoever starts meanwhile sees none, and not one with the size of another.
      Files.deleteIfExists(sizeOf(archive));
      Files.move(made, archive, StandardCopyOption.ATOMIC_MOVE);
      write(sizeOf(archive), Files.size(archive));
    } finally {
      delete(folder);
    }
    System.out.printf("Later starts use %s (%d MB)%n", archive, Files.size(archive) >> 20);
    return Main.EXIT_OK;
  }

  /** Beside the archive, so that it can be moved there in one step. */
  private static Path workFolder(Path archive) throws IOException {
    Path folder = archive.resolveSibling("");
    try {
      return Files.createTempDirectory(Files.createDirectories(folder), ".prepare-");
    } catch (IOException e) {
      throw new IOException(
          "cannot write to %s; name another folder by MILLRACE_ARCHIVE_DIR, here and at each start"
              .formatted(folder),
          e);
    }
  }

  /** The launcher takes no archive of another size: the JVM would crash over a part of one. */
  private static Path sizeOf(Path archive) {
    return archive.resolveSibling(archive.getFileName() + ".size");
  }

  private static void write(Path file, long size) throws IOException {
    Files.writeString(file, size + System.lineSeparator(), UTF_8);
  }

  private static void delete(Path folder) throws IOException {
    List<Path> deepestFirst;
    try (Stream<Path> files = Files.walk(folder)) {
      deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : deepestFirst) {
      Files.delete(file);
    }
  }
}
