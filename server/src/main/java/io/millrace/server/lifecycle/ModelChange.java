package io.millrace.server.lifecycle;

import java.util.Map;
import java.util.Optional;

/**
 * One change of a model, or a part of what there is when a watch begins. Immutable.
 *
 * @param token resumes a watch after this change; empty inside of a snapshot, which cannot be
 *     resumed half way
 * @param model empty for the mark that ends a snapshot and has its token
 * @param version how the version fares that changed; empty if only labels did, or the model has no
 *     version on record
 * @param labels all of the model's labels
 */
public record ModelChange(
    String token, String model, Optional<VersionStatus> version, Map<String, Long> labels) {
  public ModelChange {
    labels = Map.copyOf(labels);
  }
}
