package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.Quote;
import io.millrace.server.repository.FileEntry.Kind;
import io.millrace.server.repository.VersionFolder.Contents;
import io.millrace.server.repository.VersionFolder.Unreadable;
import io.millrace.server.repository.VersionFolder.Unusable;
import io.millrace.server.repository.VersionFolder.Usable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Walks one version's folder. Links, special files and files with a second name are refused: an
 * engine that follows one reads outside the repository, or what somebody else changes under it.
 */
final class VersionFolderScanner {
  private static final int MAX_FILES = 10_000;
  private static final int MAX_DEPTH = 8;

  private final FolderReader folders;
  private final String place;
  private final Fingerprint fingerprint = new Fingerprint();
  private final List<FileEntry> modelFiles = new ArrayList<>();
  private Instant newest = Instant.EPOCH;
  private int files;
  private @Nullable Problem fault;

  private VersionFolderScanner(FolderReader folders, String place) {
    this.folders = folders;
    this.place = place;
  }

  /**
   * The version in a folder.
   *
   * @param place the version as people know it, {@code iris/3}
   */
  static VersionFolder scan(FolderReader folders, String place, long number, FileEntry folder) {
    return new VersionFolderScanner(folders, place).scan(number, folder);
  }

  private VersionFolder scan(long number, FileEntry folder) {
    Contents contents;
    try {
      contents = contents(folder);
    } catch (IOException e) {
      Problem problem = ReadFailure.problem(place, e);
      return new VersionFolder(
          number, new Unreadable(problem), Fingerprint.of(problem.toString()), Instant.EPOCH);
    }
    return new VersionFolder(number, contents, fingerprint.end(), newest);
  }

  private Contents contents(FileEntry folder) throws IOException {
    if (folder.kind() == Kind.LINK) {
      note(folder, "");
      return unusable(
          "is a symbolic link", "put the folder itself there; links in it are not followed");
    }
    newest = folder.modified();
    walk(folder, "", 1);
    if (fault != null) {
      return new Unusable(fault);
    }
    return contents();
  }

  private Contents contents() {
    if (modelFiles.isEmpty()) {
      return unusable("holds neither " + fileNames(" nor "), "put the model there by that name");
    } else if (modelFiles.size() > 1) {
      return unusable("holds " + fileNames(" and "), "keep one; a version is one model");
    }
    FileEntry file = modelFiles.get(0);
    return new Usable(ModelFormat.ofFileName(file.name()).orElseThrow(), file.path());
  }

  private void walk(FileEntry folder, String prefix, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      refuse("has folders more than %d deep".formatted(MAX_DEPTH), "keep the files higher up");
      return;
    }
    for (FileEntry entry : list(folder)) {
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
      }
      if (depth == 1) {
        keepModelFile(entry);
      }
    }
  }

  /** A folder that vanishes while we walk is on its way out, not a failure. */
  private List<FileEntry> list(FileEntry folder) throws IOException {
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
      refuse("holds the symbolic link " + Quote.of(name), "put a copy of the file there");
    } else if (entry.kind() == Kind.SPECIAL) {
      refuse("holds " + Quote.of(name) + ", which is neither a file nor a folder", "remove it");
    } else if (entry.links() > 1) {
      refuse(
          "holds %s, which has %d hard links".formatted(Quote.of(name), entry.links()),
          "put a copy there, so that no other name changes it");
    }
  }

  private void keepModelFile(FileEntry entry) {
    Optional<ModelFormat> format = ModelFormat.ofFileName(entry.name());
    if (format.isPresent() && entry.kind() == Kind.FILE) {
      modelFiles.add(entry);
    }
  }

  /** The first fault counts; the walk goes on for the fingerprint. */
  private void refuse(String what, String remedy) {
    if (fault == null) {
      fault = new Problem(place, what, remedy);
    }
  }

  private Unusable unusable(String what, String remedy) {
    return new Unusable(new Problem(place, what, remedy));
  }

  private static String fileNames(String between) {
    List<String> names = new ArrayList<>();
    for (ModelFormat format : ModelFormat.values()) {
      names.add(format.fileName());
    }
    return String.join(between, names);
  }
}
