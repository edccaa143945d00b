package io.millrace.server.lifecycle;

/**
 * What the policy sees of a version.
 *
 * @param fingerprint of the files that the state came from
 * @param isDue whether it failed and is to be tried again though its files are the same
 */
record VersionSnapshot(long version, VersionState state, String fingerprint, boolean isDue) {
  /** A version that nothing but new files brings another attempt. */
  VersionSnapshot(long version, VersionState state, String fingerprint) {
    this(version, state, fingerprint, false);
  }
}
