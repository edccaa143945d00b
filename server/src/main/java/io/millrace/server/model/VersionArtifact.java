package io.millrace.server.model;

import java.nio.file.Path;

/**
 * A complete version on disk.
 *
 * @param fingerprint changes when the files of the version change
 */
public record VersionArtifact(
    ModelVersionId id,
    ModelFormat format,
    Path modelFile,
    ModelConfig config,
    String fingerprint) {}
