package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.Quote;
import io.millrace.server.repository.VersionFolder.Contents;
import io.millrace.server.repository.VersionFolder.Unreadable;
import io.millrace.server.repository.VersionFolder.Unusable;
import io.millrace.server.repository.VersionFolder.Usable;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a version's folder holds. It looks at names, sizes and times, and reads no file but a
 * {@code manifest.json} that changed. Confined to one thread.
 *
 * @param manifests those that were read already
 * @param rule whether a version needs a manifest
 */
record VersionFolderScanner(FolderReader folders, ManifestFiles manifests, ManifestRule rule) {
  /**
   * The version in a folder.
   *
   * @param place the version as people know it, {@code iris/3}
   */
  VersionFolder scan(String place, long number, FileEntry folder) {
    try {
      VersionListing listing = VersionWalk.list(folders, place, folder);
      return new VersionFolder(
          number, contents(place, listing), listing.fingerprint(), listing.newest());
    } catch (IOException e) {
      Problem problem = ReadFailure.problem(place, e);
      return new VersionFolder(
          number, new Unreadable(problem), Fingerprint.of(problem.toString()), Instant.EPOCH);
    }
  }

  private Contents contents(String place, VersionListing listing) throws IOException {
    if (listing.fault() != null) {
      return new Unusable(listing.fault());
    }
    FileEntry file = listing.manifest();
    if (file == null) {
      return rule == ManifestRule.DEMANDED
          ? new Unusable(noManifest(place))
          : model(place, listing, null);
    }
    ManifestFile read = manifests.read(place, file);
    return read instanceof ManifestFile.Good good
        ? contents(place, listing, good.manifest())
        : new Unusable(((ManifestFile.Bad) read).problem());
  }

  /** What is missing comes first: a copy under way has no model file yet. */
  private static Contents contents(String place, VersionListing listing, Manifest manifest) {
    return new ManifestCheck(place, manifest)
        .fault(listing)
        .orElseGet(() -> model(place, listing, manifest));
  }

  private static Contents model(String place, VersionListing listing, @Nullable Manifest manifest) {
    List<FileEntry> models = listing.modelFiles();
    if (models.isEmpty()) {
      return unusable(
          place,
          "holds neither " + fileNames(" nor ") + other(listing),
          "put the model there by that name");
    } else if (models.size() > 1) {
      return unusable(place, "holds " + fileNames(" and "), "keep one; a version is one model");
    }
    FileEntry file = models.get(0);
    return new Usable(ModelFormat.ofFileName(file.name()).orElseThrow(), file.path(), manifest);
  }

  /** What may be the model by another name. */
  private static String other(VersionListing listing) {
    return listing.files().keySet().stream()
        .findFirst()
        .map(name -> ", but " + Quote.of(name))
        .orElse("");
  }

  private static Problem noManifest(String place) {
    return new Problem(
        place,
        "has no %s, which strict_manifest demands".formatted(Manifest.FILE_NAME),
        "write it by 'millrace package', or bring the version by 'millrace push'");
  }

  private static Unusable unusable(String place, String what, String remedy) {
    return new Unusable(new Problem(place, what, remedy));
  }

  private static String fileNames(String between) {
    return Stream.of(ModelFormat.values())
        .map(ModelFormat::fileName)
        .collect(Collectors.joining(between));
  }
}
