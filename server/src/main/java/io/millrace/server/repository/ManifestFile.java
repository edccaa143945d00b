package io.millrace.server.repository;

import io.millrace.server.config.Problem;

/** What reading a {@code manifest.json} gave. Immutable. */
sealed interface ManifestFile {
  /** A manifest. */
  record Good(Manifest manifest) implements ManifestFile {}

  /** Something that is none. */
  record Bad(Problem problem) implements ManifestFile {}
}
