package io.millrace.server.model;

import java.util.Optional;

/** Makes a servable from an artifact. Thread-safe. */
public interface ServableLoader {
  /**
   * Loads a version and makes it ready to answer at full speed. May take minutes; call it on a
   * thread of its own.
   *
   * @throws ServingException if the artifact cannot be served; nothing of it stays in memory then
   */
  Servable load(VersionArtifact artifact);

  /**
   * The identity of the bytes that the artifact has now, as {@link Servable#digest()} tells it;
   * empty if it cannot be told. May read every file of the version; call it on a thread that may
   * block.
   */
  default Optional<String> digest(VersionArtifact artifact) {
    return Optional.empty();
  }
}
