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
    try {
      FileEntry model = child(folders.resolve(repository), id.model());
      FileEntry version = child(model.path(), Long.toString(id.version()));
      return new VersionFolderScanner(folders, new ManifestFiles(folders), rule)
          .scan(id.toString(), id.version(), version);
    } catch (IOException e) {
      Problem problem = ReadFailure.problem(id.toString(), e);
      return new VersionFolder(
          id.version(), new Unreadable(problem), Fingerprint.of(problem.toString()), Instant.EPOCH);
    }
  }

  private FileEntry child(Path folder, String name) throws IOException {
    Optional<FileEntry> child = folders.find(folder, name);
    return child.orElseThrow(() -> new NoSuchFileException(name));
  }

  /** What lies now in the very folder where a version was found, wherever its links lead by now. */
  VersionListing list(ModelVersionId id, Path folder) throws IOException {
    return VersionWalk.list(folders, id.toString(), folder);
  }
}
