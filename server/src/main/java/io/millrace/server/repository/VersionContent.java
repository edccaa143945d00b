package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.Quote;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads all bytes of a version, to tell what it consists of. Blocks for as long as that takes. */
record VersionContent(FolderReader folders) {
  /** The manifest that fits the files. */
  Manifest read(VersionListing listing) throws IOException {
    List<Manifest.Entry> entries = new ArrayList<>();
    for (String path : listing.files().keySet()) {
      FileEntry file = listing.file(path).orElseThrow();
      try (InputStream in = folders.open(file.path())) {
        entries.add(new Manifest.Entry(path, file.size(), Sha256.of(in)));
      }
    }
    return new Manifest(entries);
  }

  /** The first file that is not what a manifest says; the paths and sizes agree already. */
  static Optional<Problem> unlike(String place, Manifest manifest, Manifest found) {
    for (int i = 0; i < manifest.files().size(); i++) {
      Manifest.Entry wanted = manifest.files().get(i);
      Manifest.Entry got = found.files().get(i);
      if (!wanted.equals(got)) {
        return Optional.of(
            new Problem(
                place,
                "%s has sha256 %s, but %s says %s"
                    .formatted(
                        Quote.of(got.path()), got.sha256(), Manifest.FILE_NAME, wanted.sha256()),
                "copy the file again; bytes that are meant to differ need a new version number"));
      }
    }
    return Optional.empty();
  }
}
