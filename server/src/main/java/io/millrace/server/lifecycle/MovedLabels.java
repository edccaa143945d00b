package io.millrace.server.lifecycle;

import java.util.HashMap;
import java.util.Map;

/**
 * The labels of a model that operators moved. Immutable.
 *
 * @param all those that win over the repository's
 * @param recent those that orders moved since the newest configuration began, which must outlast it
 */
record MovedLabels(Map<String, Long> all, Map<String, Long> recent) {
  static final MovedLabels NONE = new MovedLabels(Map.of(), Map.of());

  MovedLabels {
    all = Map.copyOf(all);
    recent = Map.copyOf(recent);
  }

  /** The labels that a configuration sets. */
  static MovedLabels configured(Map<String, Long> labels) {
    return new MovedLabels(labels, Map.of());
  }

  /** After an order that moved one. */
  MovedLabels with(String label, long version) {
    return new MovedLabels(with(all, label, version), with(recent, label, version));
  }

  private static Map<String, Long> with(Map<String, Long> labels, String label, long version) {
    Map<String, Long> moved = new HashMap<>(labels);
    moved.put(label, version);
    return moved;
  }

  /** The same where a configuration begins. */
  MovedLabels staged() {
    return configured(all);
  }

  /** After the configuration came into force: of orders before it nothing holds. */
  MovedLabels after(Map<String, Long> configured) {
    Map<String, Long> next = new HashMap<>(configured);
    next.putAll(recent);
    return configured(next);
  }
}
