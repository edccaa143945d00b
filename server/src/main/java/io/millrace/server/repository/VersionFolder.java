package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import io.millrace.server.model.ModelFormat;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One version of a model as a scan found it. Immutable. */
record VersionFolder(long number, Contents contents, String fingerprint, Instant newest)
    implements Stamped {

  /** With its manifest, all of whose files are there, a version needs no second look. */
  @Override
  public boolean isWhole() {
    return contents instanceof Usable usable && usable.manifest() != null;
  }

  /** What is in the folder. */
  sealed interface Contents {}

  /**
   * One model file.
   *
   * @param manifest what the files must be, if the folder says so; their sizes are right already
   */
  record Usable(ModelFormat format, Path file, @Nullable Manifest manifest) implements Contents {
    Usable(ModelFormat format, Path file) {
      this(format, file, null);
    }

    /** Where the version really is, after all links. */
    Path folder() {
      Path parent = file.getParent();
      return parent == null ? file.resolveSibling("") : parent;
    }
  }

  /**
   * Files that the manifest names are not there in full yet.
   *
   * @param missing the first of them, for when the wait was too long
   */
  record Awaited(Problem missing) implements Contents {}

  /** Something that cannot be served. */
  record Unusable(Problem problem) implements Contents {}

  /** The folder cannot be read, so what is known of it stands. */
  record Unreadable(Problem problem) implements Contents {}
}
