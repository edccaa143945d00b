package io.millrace.server.lifecycle;

import java.util.List;
import java.util.Map;

/**
 * All that is known of a model at one moment. Immutable.
 *
 * @param versions newest first
 * @param labels movable names and the versions they point at
 */
public record ModelStatus(String model, List<VersionStatus> versions, Map<String, Long> labels) {
  public ModelStatus {
    versions = List.copyOf(versions);
    labels = Map.copyOf(labels);
  }
}
