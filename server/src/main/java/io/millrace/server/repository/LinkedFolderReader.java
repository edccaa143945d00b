package io.millrace.server.repository;

import io.millrace.server.repository.FileEntry.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The real file system with links followed, as Kubernetes' volumes need it. Immutable.
 *
 * <p>A folder behind a link is entered by its own path, found once, so that a link which moves
 * meanwhile changes nothing of what is read. A folder that holds a link {@code ..data} is what that
 * link leads to, and nothing else: all of its other entries lead through it, and one by one they
 * could lead into two generations.
 */
final class LinkedFolderReader implements FolderReader {
  /** Kubernetes makes it, and moves it in one step when a volume changes. */
  private static final String GENERATION = "..data";

  /** A generation that is removed while it is read has a successor, which may be as short-lived. */
  private static final int MAX_TRIES = 3;

  private final DiskFolderReader disk = new DiskFolderReader();

  @Override
  public Path resolve(Path repository) throws IOException {
    return disk.resolve(repository);
  }

  @Override
  public List<FileEntry> list(Path folder) throws IOException {
    return inGeneration(
        folder,
        generation -> {
          List<FileEntry> entries = new ArrayList<>();
          for (FileEntry entry : disk.list(generation)) {
            entries.add(follow(entry));
          }
          return entries;
        });
  }

  @Override
  public Optional<FileEntry> find(Path folder, String name) throws IOException {
    return inGeneration(
        folder,
        generation -> {
          Optional<FileEntry> entry = disk.find(generation, name);
          return entry.isPresent() ? Optional.of(follow(entry.get())) : entry;
        });
  }

  @Override
  public InputStream open(Path file) throws IOException {
    return disk.open(file.toRealPath());
  }

  /** Reads something of a folder. */
  private interface Reading<T> {
    T read(Path generation) throws IOException;
  }

  /** What vanishes under a scan is not deleted, as the next scan tells: its link has moved. */
  private static <T> T inGeneration(Path folder, Reading<T> reading) throws IOException {
    for (int i = 0; i < MAX_TRIES; i++) {
      try {
        Path link = folder.resolve(GENERATION);
        return reading.read(Files.isSymbolicLink(link) ? link.toRealPath() : folder);
      } catch (NoSuchFileException e) {
        // Look again where the link leads now.
      }
    }
    throw new FileSystemException(
        folder.toString(), null, "it vanished while it was read, or a link leads to nothing");
  }

  /** A link that leads to nothing stays a link. */
  private static FileEntry follow(FileEntry entry) {
    if (entry.kind() != Kind.LINK) {
      return entry;
    }
    try {
      Path real = entry.path().toRealPath();
      return DiskFolderReader.entry(real).map(target -> behind(entry, target)).orElse(entry);
    } catch (IOException e) {
      return entry;
    }
  }

  /** A file keeps its place, since a model looks for its other files beside its own name. */
  private static FileEntry behind(FileEntry link, FileEntry target) {
    return new FileEntry(
        link.name(),
        target.isFolder() ? target.path() : link.path(),
        target.kind(),
        target.size(),
        target.modified(),
        target.key(),
        target.links());
  }
}
