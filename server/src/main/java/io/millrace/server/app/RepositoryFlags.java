package io.millrace.server.app;

import io.millrace.server.config.ConfigReader;
import io.millrace.server.repository.RepositoryOptions;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The flags of the verbs that write into a repository, and what all settings make of them. */
final class RepositoryFlags {
  private static final Flag ALLOW_LINKS =
      new Flag("allow-links", "", "follow symbolic links in what is read");

  private RepositoryFlags() {}

  /** Gives the command itself. */
  static CommandLine addTo(CommandLine command) {
    command.getCommandSpec().addOption(ALLOW_LINKS.spec());
    return command;
  }

  /**
   * Gives the command itself, with the help that all others inherit: with it would come a {@code
   * --version} that tells Millrace's own.
   */
  static CommandLine addHelpTo(CommandLine command) {
    command
        .getCommandSpec()
        .addOption(
            OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help message and exit.")
                .build());
    return command;
  }

  /**
   * The repository as a server with this environment would see it.
   *
   * @param repository the folder, if it was given
   */
  static RepositoryOptions options(ParseResult parsed, Map<String, String> repository) {
    Map<String, String> given = new HashMap<>(repository);
    String links = Flag.given(parsed).get(ALLOW_LINKS.setting());
    if (links != null) {
      given.put(ALLOW_LINKS.setting(), links);
    }
    ConfigReader reader = ConfigReader.of(given, System.getenv());
    Path standard = DefaultRepository.find(System.getenv());
    ServerOptions options = ServerOptions.from(reader, standard);
    reader.finish();
    return options.repository();
  }
}
