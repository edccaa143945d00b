package io.millrace.server.repository;

import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a model's {@code config.yaml} says. Immutable.
 *
 * @param format the only format that the model's versions may have; null allows each
 * @param labels movable names and the versions they point at
 */
record ModelSettings(
    @Nullable ModelFormat format,
    ModelConfig config,
    VersionPolicy policy,
    Map<String, Long> labels) {
  static final VersionPolicy DEFAULT_POLICY = new VersionPolicy.Latest(1);

  /** What holds for a model without a file. */
  static final ModelSettings DEFAULT =
      new ModelSettings(null, ModelConfig.DERIVED, DEFAULT_POLICY, Map.of());

  ModelSettings {
    labels = Map.copyOf(labels);
  }
}
