package io.millrace.server.repository;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Removes what pushes left that were killed. A push that lives holds a lock, which the system takes
 * from a process that ends; where a file system has no locks, what is older than an hour goes.
 */
final class Leftovers {
  private static final Pattern NAME =
      Pattern.compile(Pattern.quote(IncomingFolder.PREFIX) + "[0-9]+-[0-9a-f]+");
  private static final Duration AGE = Duration.ofHours(1);

  private Leftovers() {}

  static void clear(Path model, Instant now) throws IOException {
    List<Path> found;
    try (Stream<Path> paths = Files.list(model)) {
      found = paths.filter(Leftovers::isIncoming).toList();
    }
    for (Path folder : found) {
      try {
        clearOne(folder, now);
      } catch (IOException e) {
        // It was moved to its place, or it is another user's; it is no reason not to push.
      }
    }
  }

  private static boolean isIncoming(Path path) {
    return NAME.matcher(String.valueOf(path.getFileName())).matches()
        && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static void clearOne(Path folder, Instant now) throws IOException {
    if (deletedEmpty(folder)) {
      return;
    }
    try (FileChannel manifest =
        FileChannel.open(folder.resolve(Manifest.FILE_NAME), StandardOpenOption.WRITE)) {
      if (tryLock(manifest) != null) {
        FolderTree.delete(folder);
      }
    } catch (IOException noManifestOrNoLocks) {
      if (newest(folder).isBefore(now.minus(AGE))) {
        FolderTree.delete(folder);
      }
    }
  }

  /** In one step, so that nothing is lost which comes meanwhile. */
  private static boolean deletedEmpty(Path folder) throws IOException {
    try {
      Files.delete(folder);
      return true;
    } catch (DirectoryNotEmptyException e) {
      return false;
    }
  }

  /** Null if another process, or this one, holds it. */
  static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static Instant newest(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.map(Leftovers::modified).max(Instant::compareTo).orElse(Instant.MIN);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static Instant modified(Path path) {
    try {
      return Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).toInstant();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
