package io.millrace.server.model;

/**
 * A version on disk that cannot be served, and why.
 *
 * @param fingerprint changes when the files or the settings at fault change
 */
public record BrokenVersion(ModelVersionId id, ServingException problem, String fingerprint) {}
