package io.millrace.server.repository;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads manifests, each once until its file changes. Confined to one thread. */
final class ManifestFiles {
  private final FolderReader folders;
  private Map<Path, Known> before = new HashMap<>();
  private Map<Path, Known> seen = new HashMap<>();

  ManifestFiles(FolderReader folders) {
    this.folders = folders;
  }

  private record Known(String stamp, ManifestFile content) {}

  /** What the last scan did not ask for is forgotten. */
  void beginScan() {
    before = seen;
    seen = new HashMap<>();
  }

  /**
   * The manifest in a file.
   *
   * @param place the version as people know it, {@code iris/3}
   */
  ManifestFile read(String place, FileEntry file) throws IOException {
    @Nullable Known known = before.get(file.path());
    Known now =
        known != null && known.stamp().equals(file.stamp())
            ? known
            : new Known(file.stamp(), parse(place, file));
    seen.put(file.path(), now);
    return now.content();
  }

  private ManifestFile parse(String place, FileEntry file) throws IOException {
    return ManifestParser.parse(place, folders.read(file.path(), ManifestParser.MAX_BYTES));
  }
}
