package io.millrace.server.repository;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.millrace.server.repository.FileEntry.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The real file system. Immutable. */
final class DiskFolderReader implements FolderReader {
  private static final String BASIC = "size,lastModifiedTime,fileKey,isRegularFile,isDirectory";
  private static final boolean UNIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("unix");

  /** One look at the file for all attributes, so that they belong together. */
  private static final String ATTRIBUTES = UNIX ? "unix:nlink,isSymbolicLink," + BASIC : "*";

  @Override
  public Path resolve(Path repository) throws IOException {
    return repository.toRealPath();
  }

  @Override
  public List<FileEntry> list(Path folder) throws IOException {
    List<FileEntry> entries = new ArrayList<>();
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
      for (Path path : paths) {
        entry(path).ifPresent(entries::add);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    entries.sort(Comparator.comparing(FileEntry::name));
    return entries;
  }

  @Override
  public Optional<FileEntry> find(Path folder, String name) throws IOException {
    return entry(folder.resolve(name));
  }

  @Override
  public InputStream open(Path file) throws IOException {
    return Files.newInputStream(file, NOFOLLOW_LINKS);
  }

  static Optional<FileEntry> entry(Path path) throws IOException {
    try {
      Map<String, Object> found = Files.readAttributes(path, ATTRIBUTES, NOFOLLOW_LINKS);
      return Optional.of(
          new FileEntry(
              String.valueOf(path.getFileName()),
              path,
              kind(found),
              (Long) found.getOrDefault("size", 0L),
              ((FileTime) Objects.requireNonNull(found.get("lastModifiedTime"))).toInstant(),
              String.valueOf(found.get("fileKey")),
              (Integer) found.getOrDefault("nlink", 1)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static Kind kind(Map<String, Object> found) {
    if (Boolean.TRUE.equals(found.get("isRegularFile"))) {
      return Kind.FILE;
    } else if (Boolean.TRUE.equals(found.get("isDirectory"))) {
      return Kind.FOLDER;
    }
    return Boolean.TRUE.equals(found.get("isSymbolicLink")) ? Kind.LINK : Kind.SPECIAL;
  }
}
