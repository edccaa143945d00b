package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.Quote;
import io.millrace.server.repository.VersionFolder.Awaited;
import io.millrace.server.repository.VersionFolder.Unreadable;
import io.millrace.server.repository.VersionFolder.Unusable;
import io.millrace.server.repository.VersionFolder.Usable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Writes the manifests of versions where they lie. A version that has one already is compared with
 * it, and never given another: nobody could tell then that its bytes were damaged. Confined to one
 * thread.
 */
public final class VersionPackager {
  private static final String ALLOWED = "name the folder of a version, a model or a repository";

  private final FolderReader folders;

  /** Follows links as a server with these options would. */
  public VersionPackager(RepositoryOptions options) {
    folders = options.folders();
  }

  /**
   * The folders of versions that a path means: one version, all of a model, or all of a repository.
   *
   * @throws IOException if it is none of these
   */
  public static List<Path> versionsIn(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IOException(folder + ": is not a folder; " + ALLOWED);
    }
    if (isVersion(folder)) {
      return List.of(folder);
    }
    List<Path> versions = new ArrayList<>(numbered(folder));
    if (versions.isEmpty()) {
      for (Path model : children(folder)) {
        versions.addAll(numbered(model));
      }
    }
    if (versions.isEmpty()) {
      throw new IOException(folder + ": holds neither a model nor versions; " + ALLOWED);
    }
    return versions;
  }

  private static boolean isVersion(Path folder) {
    return Files.exists(folder.resolve(Manifest.FILE_NAME))
        || Stream.of(ModelFormat.values())
            .anyMatch(format -> Files.exists(folder.resolve(format.fileName())));
  }

  private static List<Path> numbered(Path model) throws IOException {
    return children(model).stream()
        .filter(path -> VersionNumber.parse(name(path)).isPresent())
        .sorted(Comparator.comparingLong(path -> Long.parseLong(name(path))))
        .toList();
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths
          .filter(path -> Files.isDirectory(path) && !name(path).startsWith("."))
          .sorted()
          .toList();
    }
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  /**
   * Gives a version's folder its manifest, if it has none yet.
   *
   * @return the digest of the version
   * @throws IOException if a server would refuse the version, its files are not what its manifest
   *     says, or it cannot be written to
   */
  public String pack(Path folder) throws IOException {
    try {
      return packed(folder);
    } catch (FileSystemException e) {
      throw DiskFailure.inWords(e);
    }
  }

  private String packed(Path folder) throws IOException {
    String place = folder.toString();
    Path real = folder.toRealPath();
    FileEntry entry = DiskFolderReader.entry(real).orElseThrow();
    VersionFolder found =
        new VersionFolderScanner(folders, new ManifestFiles(folders), ManifestRule.OPTIONAL)
            .scan(place, 1, entry);
    Usable usable = usable(found);
    VersionListing listing = VersionWalk.list(folders, place, usable.folder());
    Manifest manifest = new VersionContent(folders).read(listing);
    refuse(fault(place, usable, manifest));
    if (!listing.fingerprint().equals(found.fingerprint())
        || !VersionWalk.list(folders, place, usable.folder())
            .fingerprint()
            .equals(listing.fingerprint())) {
      throw new IOException(place + ": changes while it is read; try again when it is complete");
    }
    if (usable.manifest() == null) {
      ManifestWriter.write(usable.folder(), manifest);
    }
    return manifest.digest();
  }

  static Usable usable(VersionFolder found) throws IOException {
    if (found.contents() instanceof Unusable unusable) {
      throw new IOException(unusable.problem().toString());
    } else if (found.contents() instanceof Awaited awaited) {
      throw new IOException(awaited.missing().toString());
    } else if (found.contents() instanceof Unreadable unreadable) {
      throw new IOException(unreadable.problem().toString());
    }
    return (Usable) found.contents();
  }

  static Optional<Problem> fault(String place, Usable usable, Manifest found) {
    if (usable.manifest() != null) {
      return VersionContent.unlike(place, usable.manifest(), found);
    }
    return found.files().stream()
        .map(Manifest.Entry::path)
        .filter(path -> ManifestPath.fault(path).isPresent())
        .findFirst()
        .map(
            path ->
                new Problem(
                    place,
                    "%s %s".formatted(Quote.of(path), ManifestPath.fault(path).orElseThrow()),
                    "rename it; a manifest can only name " + ManifestPath.RULE));
  }

  static void refuse(Optional<Problem> fault) throws IOException {
    if (fault.isPresent()) {
      throw new IOException(fault.get().toString());
    }
  }
}
