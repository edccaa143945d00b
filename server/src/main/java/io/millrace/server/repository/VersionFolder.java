package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ModelFormat;
import java.nio.file.Path;
import java.time.Instant;

/** One version of a model as a scan found it. Immutable. */
record VersionFolder(long number, Contents contents, String fingerprint, Instant newest)
    implements Stamped {

  /** What is in the folder. */
  sealed interface Contents {}

  /** One model file. */
  record Usable(ModelFormat format, Path file) implements Contents {}

  /** Something that cannot be served. */
  record Unusable(Problem problem) implements Contents {}

  /** The folder cannot be read, so what is known of it stands. */
  record Unreadable(Problem problem) implements Contents {}
}
