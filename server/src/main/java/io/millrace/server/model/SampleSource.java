package io.millrace.server.model;

import java.util.List;

/** Finds the samples of a version. Thread-safe. */
public interface SampleSource {
  /** For versions that come without samples. */
  SampleSource NONE = (artifact, signature) -> List.of();

  /**
   * The samples, read by the signature of the loaded version. Blocks.
   *
   * @throws ServingException with MODEL_LOAD_FAILED if one that must hold cannot be read
   */
  List<Sample> of(VersionArtifact artifact, Signature signature);
}
