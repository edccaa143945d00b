package io.millrace.server.repository;

import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import io.millrace.server.repository.FileEntry.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where samples lie: {@code samples/*.json} in a version's folder, and beside the versions for all
 * of them. No link is followed. Immutable.
 */
public final class SampleFolder {
  /** More would hold up the load. */
  static final int MAX_FILES = 100;

  /** Of one file. */
  static final int MAX_BYTES = 4 << 20;

  /** Of all files for a version: their tensors are in memory until it is loaded. */
  static final long MAX_ALL_BYTES = 32L << 20;

  static final String NAME = "samples";

  private final FolderReader folders;

  public SampleFolder() {
    this(new DiskFolderReader());
  }

  SampleFolder(FolderReader folders) {
    this.folders = folders;
  }

  /**
   * One file.
   *
   * @param name as people know it, from the model's folder on: {@code 2/samples/setosa.json}
   * @param belongsToVersion whether it lies in the version's folder, not beside it
   */
  public record SampleFile(String name, Path path, boolean belongsToVersion) {}

  /** Changes when a sample in a folder does; says the same of one that cannot be read. */
  static String fingerprint(FolderReader folders, FileEntry folder) {
    Fingerprint fingerprint = new Fingerprint();
    try {
      for (FileEntry file : folders.list(folder.path())) {
        if (isSample(file)) {
          fingerprint.add(file.name());
          fingerprint.add(file.stamp());
        }
      }
    } catch (IOException e) {
      // Whoever loads a version meets it again, and tells.
      return "";
    }
    return fingerprint.end();
  }

  /** The files for a version, by name, those beside the versions first. */
  public List<SampleFile> files(VersionArtifact artifact) {
    List<SampleFile> files = new ArrayList<>();
    Path version = artifact.modelFile().getParent();
    if (version != null && version.getParent() != null) {
      add(files, version.getParent(), "", false);
      add(files, version, artifact.id().version() + "/", true);
    }
    return files;
  }

  private void add(List<SampleFile> files, Path folder, String prefix, boolean isVersions) {
    String place = prefix + NAME;
    try {
      List<FileEntry> found = new ArrayList<>();
      for (FileEntry entry : folders.list(folder)) {
        if (entry.name().equals(NAME) && entry.isFolder()) {
          found.addAll(folders.list(entry.path()));
        }
      }
      found.removeIf(file -> !isSample(file));
      requireFew(place, found);
      found.forEach(
          file -> files.add(new SampleFile(place + "/" + file.name(), file.path(), isVersions)));
    } catch (IOException e) {
      throw ServingException.failure(
          Reason.MODEL_LOAD_FAILED, "the folder %s cannot be read".formatted(place), e);
    }
  }

  private static boolean isSample(FileEntry file) {
    return file.kind() == Kind.FILE && !file.isHidden() && file.name().endsWith(".json");
  }

  private static void requireFew(String place, List<FileEntry> samples) {
    long bytes = samples.stream().mapToLong(FileEntry::size).sum();
    if (samples.size() > MAX_FILES || bytes > MAX_ALL_BYTES) {
      throw ServingException.refusal(
          Reason.MODEL_LOAD_FAILED,
          "%s holds %d samples of %d MiB, but %d of %d MiB are allowed; keep those that tell good versions from bad ones"
              .formatted(place, samples.size(), bytes >> 20, MAX_FILES, MAX_ALL_BYTES >> 20));
    }
  }

  /**
   * The content of a file.
   *
   * @throws ServingException if it is too large or cannot be read
   */
  public byte[] read(SampleFile file) {
    try {
      byte[] content = folders.read(file.path(), MAX_BYTES);
      if (content.length > MAX_BYTES) {
        throw ServingException.refusal(
            Reason.MODEL_LOAD_FAILED,
            "%s is larger than the %d MiB that a sample may have"
                .formatted(Quote.of(file.name()), MAX_BYTES >> 20));
      }
      return content;
    } catch (IOException e) {
      throw ServingException.failure(
          Reason.MODEL_LOAD_FAILED, Quote.of(file.name()) + " cannot be read", e);
    }
  }
}
