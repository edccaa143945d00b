package io.millrace.server.model;

/** Makes a servable from an artifact. Thread-safe. */
public interface ServableLoader {
  /**
   * Loads a version and makes it ready to answer at full speed. May take minutes; call it on a
   * thread of its own.
   *
   * @throws ServingException if the artifact cannot be served; nothing of it stays in memory then
   */
  Servable load(VersionArtifact artifact);
}
