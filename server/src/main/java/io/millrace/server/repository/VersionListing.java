package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ModelFormat;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What lies in a version's folder at one moment. Immutable.
 *
 * @param files all but the manifest, by their paths in the folder, with {@code /} between
 * @param manifest the file {@code manifest.json}, if there is one
 * @param fault what keeps the folder from being served, whatever its files hold
 * @param fingerprint differs when a name, a size, a time or a file does
 * @param newest when its newest part changed
 */
record VersionListing(
    SortedMap<String, FileEntry> files,
    @Nullable FileEntry manifest,
    @Nullable Problem fault,
    String fingerprint,
    Instant newest) {
  VersionListing {
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
  }

  /** The files of the folder itself that have the name of a model. */
  List<FileEntry> modelFiles() {
    return Stream.of(ModelFormat.values())
        .map(format -> files.get(format.fileName()))
        .filter(Objects::nonNull)
        .toList();
  }

  Optional<FileEntry> file(String path) {
    return Optional.ofNullable(files.get(path));
  }
}
