package io.millrace.server.app;

import java.nio.file.Path;
import java.util.Map;

/** Where files live that can be made again, by the XDG Base Directory Specification. */
final class CacheDirectory {
  private CacheDirectory() {}

  /**
   * {@code $XDG_CACHE_HOME/millrace/<version>}, with {@code ~/.cache} where the variable is unset
   * or relative.
   */
  static Path standard(Map<String, String> environment) {
    Path configured = Path.of(environment.getOrDefault("XDG_CACHE_HOME", ""));
    Path base =
        configured.isAbsolute()
            ? configured
            : Path.of(System.getProperty("user.home", "/"), ".cache");
    return base.resolve("millrace").resolve(Versions.millrace());
  }
}
