package io.millrace.server.app;

import io.millrace.server.config.ConfigReader;
import io.millrace.server.repository.RepositoryOptions;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags of the verbs that write into a repository, and what all settings make of them. */
final class RepositoryFlags {
  @Option(
      names = "--allow-links",
      arity = "0",
      negatable = true,
      description = "follow symbolic links in what is read")
  private @Nullable Boolean allowLinks;

  /**
   * The repository as a server with this environment would see it.
   *
   * @param folder of models; null where none was given
   */
  RepositoryOptions options(@Nullable String folder) {
    Map<String, String> given = new HashMap<>();
    if (folder != null) {
      given.put("repository", folder);
    }
    if (allowLinks != null) {
      given.put("allow-links", allowLinks.toString());
    }
    ConfigReader reader = ConfigReader.of(given, System.getenv());
    ServerOptions options = ServerOptions.from(reader, DefaultRepository.find(System.getenv()));
    reader.finish();
    return options.repository();
  }
}
