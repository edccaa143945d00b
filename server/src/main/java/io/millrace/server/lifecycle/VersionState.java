package io.millrace.server.lifecycle;

/** Where a version stands between its folder and its callers. */
public enum VersionState {
  /** Wanted, not loading yet. */
  NEW,
  LOADING,
  /** Answers requests. */
  READY,
  /** Takes no new requests; those that run are finished. */
  DRAINING,
  UNLOADING,
  UNLOADED,
  /** Never came up; {@link VersionStatus#problem()} says why. */
  FAILED
}
