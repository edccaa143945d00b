package io.millrace.server.lifecycle;

import io.millrace.server.config.ConfigReader;

/** Who decides which models are in memory. */
public enum ModelControl {
  /** The repository, by its scans and version policies; operators may overrule it. */
  POLL,
  /** Operators alone: nothing is loaded but what they ask for. */
  EXPLICIT,
  /** The repository as it was at the start; nothing changes afterwards. */
  NONE;

  /** Reads {@code model-control}. */
  public static ModelControl from(ConfigReader reader) {
    return reader.choice("model-control", POLL);
  }
}
