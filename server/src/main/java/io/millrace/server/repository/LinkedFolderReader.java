package io.millrace.server.repository;

import io.millrace.server.repository.FileEntry.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The real file system with links followed, as Kubernetes' volumes need it. Confined to one thread;
 * another uses one {@link #anew()}.
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

  /** Where each link led. */
  private final Map<Path, Path> followed = new HashMap<>();

  @Override
  public FolderReader anew() {
    return new LinkedFolderReader();
  }

  /** Of a generation that was left meanwhile, a part may have been gone already. */
  @Override
  public boolean linksStand() {
    return followed.entrySet().stream().allMatch(link -> leadsTo(link.getKey(), link.getValue()));
  }

  private static boolean leadsTo(Path link, Path target) {
    try {
      return link.toRealPath().equals(target);
    } catch (IOException e) {
      return false;
    }
  }

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
  private <T> T inGeneration(Path folder, Reading<T> reading) throws IOException {
    for (int i = 0; i < MAX_TRIES; i++) {
      try {
        Path link = folder.resolve(GENERATION);
        return reading.read(Files.isSymbolicLink(link) ? target(link) : folder);
      } catch (NoSuchFileException e) {
        // Look again where the link leads now.
      }
    }
    throw new FileSystemException(
        folder.toString(), null, "it vanished while it was read, or a link leads to nothing");
  }

  private Path target(Path link) throws IOException {
    Path target = link.toRealPath();
    followed.put(link, target);
    return target;
  }

  /** A link that leads to nothing stays a link. */
  private FileEntry follow(FileEntry entry) {
    if (entry.kind() != Kind.LINK) {
      return entry;
    }
    try {
      return DiskFolderReader.entry(target(entry.path()))
          .map(target -> behind(entry, target))
          .orElse(entry);
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
