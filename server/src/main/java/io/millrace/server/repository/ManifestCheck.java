package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.Quote;
import io.millrace.server.repository.VersionFolder.Awaited;
import io.millrace.server.repository.VersionFolder.Contents;
import io.millrace.server.repository.VersionFolder.Unusable;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Compares a version's folder with its manifest, as far as names and sizes tell. Pure.
 *
 * <p>What is missing or short may still come, so it is waited for; a file that is too long or that
 * the manifest does not name is a fault.
 */
record ManifestCheck(String place, Manifest manifest) {
  /** Empty if the folder holds what the manifest names, and nothing else. */
  Optional<Contents> fault(VersionListing listing) {
    return missing(listing)
        .<Contents>map(Awaited::new)
        .or(() -> tooLong(listing).or(() -> unnamed(listing)).map(Unusable::new));
  }

  private Optional<Problem> missing(VersionListing listing) {
    return manifest.files().stream()
        .filter(file -> size(listing, file) < file.size())
        .findFirst()
        .map(
            file ->
                problem(file, size(listing, file), "finish the copy, or push the version anew"));
  }

  private Optional<Problem> tooLong(VersionListing listing) {
    return manifest.files().stream()
        .filter(file -> size(listing, file) > file.size())
        .findFirst()
        .map(file -> problem(file, size(listing, file), "copy the file again"));
  }

  private Problem problem(Manifest.Entry file, long size, String remedy) {
    String name = Quote.of(file.path());
    String fault =
        size < 0
            ? "lacks %s, which %s names".formatted(name, Manifest.FILE_NAME)
            : "%s has %d bytes, but %s says %d"
                .formatted(name, size, Manifest.FILE_NAME, file.size());
    return new Problem(place, fault, remedy);
  }

  private Optional<Problem> unnamed(VersionListing listing) {
    Set<String> unnamed = new HashSet<>(listing.files().keySet());
    manifest.files().forEach(file -> unnamed.remove(file.path()));
    return unnamed.stream()
        .sorted()
        .findFirst()
        .map(
            path ->
                new Problem(
                    place,
                    "holds %s, which %s does not name"
                        .formatted(Quote.of(path), Manifest.FILE_NAME),
                    "remove it, or delete %s and package the version anew"
                        .formatted(Manifest.FILE_NAME)));
  }

  /** -1 if the file is not there. */
  private static long size(VersionListing listing, Manifest.Entry file) {
    return listing.file(file.path()).map(FileEntry::size).orElse(-1L);
  }
}
