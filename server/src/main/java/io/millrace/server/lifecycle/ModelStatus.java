package io.millrace.server.lifecycle;

import io.millrace.server.model.VersionPolicy;
import java.util.List;
import java.util.Map;

/**
 * All that is known of a model at one moment. Immutable.
 *
 * @param versions newest first
 * @param labels movable names and the versions they point at
 * @param policy which versions are to serve, but for what operators asked
 */
public record ModelStatus(
    String model, List<VersionStatus> versions, Map<String, Long> labels, VersionPolicy policy) {
  public ModelStatus {
    versions = List.copyOf(versions);
    labels = Map.copyOf(labels);
  }
}
