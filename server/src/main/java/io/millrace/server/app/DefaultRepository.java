package io.millrace.server.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where the models are if nobody says: {@code model-repo} in the current folder, else beside the
 * launcher.
 */
final class DefaultRepository {
  private static final String NAME = "model-repo";

  private DefaultRepository() {}

  static Path find(Map<String, String> environment) {
    Path here = Path.of(NAME);
    String home = environment.getOrDefault("MILLRACE_HOME", "");
    Path besideLauncher = Path.of(home).resolve(NAME);
    boolean useHome =
        !home.isEmpty() && !Files.isDirectory(here) && Files.isDirectory(besideLauncher);
    return useHome ? besideLauncher : here;
  }
}
