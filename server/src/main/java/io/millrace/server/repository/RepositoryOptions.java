package io.millrace.server.repository;

import io.millrace.server.config.ConfigReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Where the models are and how they are watched.
 *
 * @param path the folder of models; may be a link itself
 * @param scanInterval from the end of one scan to the begin of the next
 * @param allowTorchScript whether TorchScript files, which are code, may be served
 * @param strictManifest whether a version is served only with a {@code manifest.json}
 * @param allowLinks whether symbolic links below the path are followed
 */
public record RepositoryOptions(
    Path path,
    Duration scanInterval,
    boolean allowTorchScript,
    boolean strictManifest,
    boolean allowLinks) {
  private static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(1);
  private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(100);
  private static final Duration LONGEST_INTERVAL = Duration.ofHours(1);

  /** What needs no manifest and holds no links. */
  public RepositoryOptions(Path path, Duration scanInterval, boolean allowTorchScript) {
    this(path, scanInterval, allowTorchScript, false, false);
  }

  /**
   * Reads {@code repository}, {@code scan-interval}, {@code allow-torchscript}, {@code
   * strict-manifest} and {@code allow-links}; that the folder does not exist is a problem.
   *
   * @param defaultPath what holds where {@code repository} is absent
   * @param allowTorchScript what holds where the setting is absent
   */
  public static RepositoryOptions from(
      ConfigReader reader, Path defaultPath, boolean allowTorchScript) {
    reader.positional("repository", "REPO");
    Path path = reader.path("repository", defaultPath);
    if (!Files.isDirectory(path)) {
      reader.refuse("repository", path, "a folder that exists");
    }
    return new RepositoryOptions(
        path,
        reader.duration("scan-interval", DEFAULT_INTERVAL, SHORTEST_INTERVAL, LONGEST_INTERVAL),
        reader.bool("allow-torchscript", allowTorchScript),
        reader.bool("strict-manifest", false),
        reader.bool("allow-links", false));
  }

  ManifestRule manifestRule() {
    return strictManifest ? ManifestRule.DEMANDED : ManifestRule.OPTIONAL;
  }

  FolderReader folders() {
    return allowLinks ? new LinkedFolderReader() : new DiskFolderReader();
  }
}
