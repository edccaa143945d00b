package io.millrace.server.lifecycle;

import java.util.Map;

/**
 * Hears of every change of state, in order, on the lifecycle thread; must return at once and not
 * throw.
 */
public interface VersionListener {
  void onVersionChanged(VersionStatus status);

  /**
   * Labels of a model point elsewhere.
   *
   * @param labels all that the model has now
   */
  default void onLabelsChanged(String model, Map<String, Long> labels) {}

  /**
   * The server as a whole became ready to answer for what the repository holds, or ceased to be.
   */
  void onReadinessChanged(boolean ready);
}
