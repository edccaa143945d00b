package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.Quote;
import io.millrace.server.repository.FileEntry.Kind;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Walks one version's folder. Links, special files and files with a second name are refused: an
 * engine that follows one reads outside the repository, or what somebody else changes under it.
 * Confined to one thread.
 */
final class VersionWalk {
  static final int MAX_FILES = 10_000;
  static final int MAX_DEPTH = 8;

  private static final String ALLOW =
      "or set allow_links: true or --allow-links if you trust whoever makes links there";

  private final FolderReader folders;
  private final String place;
  private final SortedMap<String, FileEntry> found = new TreeMap<>();
  private final Fingerprint fingerprint = new Fingerprint();
  private Instant newest = Instant.EPOCH;
  private int files;
  private @Nullable FileEntry manifest;
  private @Nullable Problem fault;

  private VersionWalk(FolderReader folders, String place) {
    this.folders = folders;
    this.place = place;
  }

  /**
   * What is in a folder now.
   *
   * @param place the version as people know it, {@code iris/3}
   * @throws IOException if that cannot be told
   */
  static VersionListing list(FolderReader folders, String place, FileEntry folder)
      throws IOException {
    return new VersionWalk(folders, place).list(folder);
  }

  /** The same of a folder that is known to be one. */
  static VersionListing list(FolderReader folders, String place, Path folder) throws IOException {
    return list(folders, place, new FileEntry("", folder, Kind.FOLDER, 0, Instant.EPOCH, "", 1));
  }

  private VersionListing list(FileEntry folder) throws IOException {
    if (folder.kind() == Kind.LINK) {
      note(folder, "");
      refuse("is a symbolic link", "put the folder itself there, " + ALLOW);
    } else {
      newest = folder.modified();
      walk(folder, "", 1);
    }
    return new VersionListing(found, manifest, fault, fingerprint.end(), newest);
  }

  private void walk(FileEntry folder, String prefix, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      refuse("has folders more than %d deep".formatted(MAX_DEPTH), "keep the files higher up");
      return;
    }
    for (FileEntry entry : children(folder)) {
      if (depth == 1 && ManifestWriter.isUnfinished(entry.name())) {
        continue;
      }
      String name = prefix + entry.name();
      note(entry, name);
      if (++files > MAX_FILES) {
        refuse("holds more than %d files".formatted(MAX_FILES), "keep only what the model needs");
        return;
      }
      if (entry.isFolder()) {
        walk(entry, name + "/", depth + 1);
      } else {
        check(entry, name);
        keep(entry, name);
      }
    }
  }

  /** A folder that vanishes while we walk is on its way out, not a failure. */
  private List<FileEntry> children(FileEntry folder) throws IOException {
    try {
      return folders.list(folder.path());
    } catch (NoSuchFileException deletedMeanwhile) {
      return List.of();
    }
  }

  private void note(FileEntry entry, String name) {
    // A folder's size and time change with what it holds, which is noted itself.
    fingerprint.add(name);
    fingerprint.add(entry.isFolder() ? "" : entry.stamp());
    newest = entry.modified().isAfter(newest) ? entry.modified() : newest;
  }

  private void check(FileEntry entry, String name) {
    if (entry.kind() == Kind.LINK) {
      refuse("holds the symbolic link " + Quote.of(name), "put a copy of the file there, " + ALLOW);
    } else if (entry.kind() == Kind.SPECIAL) {
      refuse("holds " + Quote.of(name) + ", which is neither a file nor a folder", "remove it");
    } else if (entry.links() > 1) {
      refuse(
          "holds %s, which has %d hard links".formatted(Quote.of(name), entry.links()),
          "put a copy there, so that no other name changes it");
    }
  }

  private void keep(FileEntry entry, String name) {
    if (name.equals(Manifest.FILE_NAME)) {
      manifest = entry;
    } else if (entry.kind() == Kind.FILE) {
      found.put(name, entry);
    }
  }

  /** The first fault counts; the walk goes on for the fingerprint. */
  private void refuse(String what, String remedy) {
    if (fault == null) {
      fault = new Problem(place, what, remedy);
    }
  }
}
