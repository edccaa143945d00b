package io.millrace.server.lifecycle;

/**
 * What the policy sees of a version.
 *
 * @param fingerprint of the files that the state came from
 */
record VersionSnapshot(long version, VersionState state, String fingerprint) {}
