package io.millrace.server.model;

/** How a caller chooses among the versions of a model. */
public sealed interface VersionSelector {
  /** The highest version that is ready. */
  VersionSelector LATEST = new Latest();

  /** See {@link #LATEST}. */
  record Latest() implements VersionSelector {}

  /** One version by its number. */
  record ByNumber(long version) implements VersionSelector {}

  /** The version that a label such as {@code stable} points at. */
  record ByLabel(String label) implements VersionSelector {}
}
