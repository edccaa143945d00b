package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.repository.VersionFolder.Unreadable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** Finds one version on disk as it is now, by the rules of a scan. Thread-safe. */
record VersionLookup(Path repository, FolderReader folders, ManifestRule rule) {
  static VersionLookup of(RepositoryOptions options) {
    return new VersionLookup(options.path(), options.folders(), options.manifestRule());
  }

  VersionFolder find(ModelVersionId id) {
    FolderReader reader = folders.anew();
    try {
      FileEntry version =
          child(reader, model(reader, id.model()).path(), Long.toString(id.version()));
      VersionFolder found =
          new VersionFolderScanner(reader, new ManifestFiles(reader), rule)
              .scan(id.toString(), id.version(), version);
      return reader.linksStand() ? found : unreadable(id, new IOException("its links moved"));
    } catch (IOException e) {
      return unreadable(id, e);
    }
  }

  /** The folder of a model. */
  FileEntry model(FolderReader reader, String name) throws IOException {
    return child(reader, reader.resolve(repository), name);
  }

  private static VersionFolder unreadable(ModelVersionId id, IOException failure) {
    Problem problem = ReadFailure.problem(id.toString(), failure);
    return new VersionFolder(
        id.version(), new Unreadable(problem), Fingerprint.of(problem.toString()), Instant.EPOCH);
  }

  private static FileEntry child(FolderReader folders, Path folder, String name)
      throws IOException {
    Optional<FileEntry> child = folders.find(folder, name);
    return child.orElseThrow(() -> new NoSuchFileException(name));
  }

  /** What lies now in the very folder where a version was found, wherever its links lead by now. */
  VersionListing list(ModelVersionId id, Path folder) throws IOException {
    return VersionWalk.list(folders.anew(), id.toString(), folder);
  }
}
