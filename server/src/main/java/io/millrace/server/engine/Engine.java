package io.millrace.server.engine;

import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;

/**
 * Adapter to a framework that runs models. Thread-safe. The framework's natives are loaded by the
 * first {@link #load}, not before.
 */
public interface Engine {
  /** The format whose versions this engine runs. */
  ModelFormat format();

  /**
   * Reads a version into memory. Blocks.
   *
   * @throws ServingException with MODEL_LOAD_FAILED if the file is damaged, unsupported, or at odds
   *     with its config
   */
  LoadedModel load(VersionArtifact artifact);
}
