package io.millrace.server.lifecycle;

/**
 * Hears of every change of state, in order, on the lifecycle thread; must return at once and not
 * throw.
 */
public interface VersionListener {
  void onVersionChanged(VersionStatus status);

  /**
   * The server as a whole became ready to answer for what the repository holds, or ceased to be.
   */
  void onReadinessChanged(boolean ready);
}
