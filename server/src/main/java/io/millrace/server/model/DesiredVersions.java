package io.millrace.server.model;

import java.util.List;
import java.util.Map;

/**
 * The complete wish for one model: a version that is in neither list is not wanted, and a model
 * without versions is gone.
 *
 * @param candidates the versions that may serve, newest first
 * @param keep how many of the candidates are to serve: the first that load, so that an older one
 *     steps in for one that fails
 * @param broken versions that cannot be served, for the status only
 * @param labels movable names and the versions they point at
 */
public record DesiredVersions(
    String model,
    List<VersionArtifact> candidates,
    int keep,
    List<BrokenVersion> broken,
    Map<String, Long> labels) {
  public DesiredVersions {
    candidates = List.copyOf(candidates);
    broken = List.copyOf(broken);
    labels = Map.copyOf(labels);
  }

  /** The wish that nothing of the model be served. */
  public static DesiredVersions none(String model) {
    return new DesiredVersions(model, List.of(), 0, List.of(), Map.of());
  }
}
