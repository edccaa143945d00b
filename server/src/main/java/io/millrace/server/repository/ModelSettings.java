package io.millrace.server.repository;

import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.TransitionOrder;
import io.millrace.server.model.VersionPolicy;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a model's {@code config.yaml} says. Immutable.
 *
 * @param format the only format that the model's versions may have; null allows each
 * @param labels movable names and the versions they point at
 * @param transition in which order versions replace each other
 */
record ModelSettings(
    @Nullable ModelFormat format,
    ModelConfig config,
    VersionPolicy policy,
    Map<String, Long> labels,
    TransitionOrder transition) {
  static final VersionPolicy DEFAULT_POLICY = new VersionPolicy.Latest(1);

  /** What holds for a model without a file. */
  static final ModelSettings DEFAULT =
      new ModelSettings(null, ModelConfig.DERIVED, DEFAULT_POLICY, Map.of());

  ModelSettings {
    labels = Map.copyOf(labels);
  }

  /** Settings that say nothing of transitions. */
  ModelSettings(
      @Nullable ModelFormat format,
      ModelConfig config,
      VersionPolicy policy,
      Map<String, Long> labels) {
    this(format, config, policy, labels, TransitionOrder.AVAILABILITY_PRESERVING);
  }
}
