package io.millrace.server.app;

import java.io.IOException;
import java.nio.file.Files;
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
    Path base = configured.isAbsolute() ? configured : home(environment).resolve(".cache");
    return base.resolve("millrace").resolve(Versions.millrace());
  }

  /** The JVM asks the system's list of users, which knows none of a container's made-up ones. */
  private static Path home(Map<String, String> environment) {
    String home = environment.getOrDefault("HOME", "");
    return Path.of(home.isEmpty() ? System.getProperty("user.home", "/") : home);
  }

  /** Whether files can be made there; makes the folder if it is missing. */
  static boolean isUsable(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, "probe", ""));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
