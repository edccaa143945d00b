package io.millrace.server.canary;

import io.millrace.server.config.ConfigReader;
import io.millrace.server.config.DataSize;
import java.time.Duration;

/**
 * Which new versions are tried in a process of their own first, and within which bounds.
 *
 * @param timeLimit for the load and the first runs of one version
 * @param memoryLimit for all that the process takes, its JVM included
 */
public record CanaryOptions(CanaryScope scope, Duration timeLimit, DataSize memoryLimit) {
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final DataSize LEAST = DataSize.ofMebibytes(256);
  private static final DataSize MOST = DataSize.ofMebibytes(1 << 20);

  /**
   * Reads {@code canary}, {@code canary-timeout} and {@code canary-memory}.
   *
   * @param scope what holds where the setting is absent
   */
  public static CanaryOptions from(ConfigReader reader, CanaryScope scope) {
    return new CanaryOptions(
        reader.choice("canary", scope),
        reader.duration("canary-timeout", Duration.ofMinutes(2), SHORTEST, LONGEST),
        reader.dataSize("canary-memory", DataSize.ofMebibytes(4 << 10), LEAST, MOST));
  }
}
