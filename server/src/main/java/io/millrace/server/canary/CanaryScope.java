package io.millrace.server.canary;

/** Which versions are tried in a process of their own before they are loaded. */
public enum CanaryScope {
  OFF,
  /** Those whose bytes nobody has vouched for by a manifest. */
  WITHOUT_MANIFEST,
  ALL
}
