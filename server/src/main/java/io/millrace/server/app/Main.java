package io.millrace.server.app;

import io.millrace.server.config.ConfigException;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/** The command line. */
@Command(
    name = "millrace",
    description = "A gRPC-first server for versioned machine-learning models.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    scope = ScopeType.INHERIT)
public final class Main {
  static final int EXIT_OK = 0;
  static final int EXIT_FAILURE = 1;
  static final int EXIT_USAGE = CommandLine.ExitCode.USAGE;

  private Main() {}

  /**
   * Runs one verb and ends the process with its exit code: 0 for success and for an ordered stop, 1
   * for a failure, 2 for settings that make no sense.
   */
  public static void main(String[] args) {
    // First of all: a signal that comes while the process starts must stop it in order as well.
    StopSignal stop = StopSignal.install();
    int code = commandLine(stop).execute(args);
    System.out.flush();
    System.err.flush();
    // No hooks: see StopSignal.
    Runtime.getRuntime().halt(code);
  }

  static CommandLine commandLine(StopSignal stop) {
    CommandLine serve = new CommandLine(new ServeCommand(stop));
    ServerFlags.addTo(serve);
    CommandLine bench = new CommandLine(new BenchCommand(stop));
    BenchFlags.addTo(bench);
    return new CommandLine(new Main())
        .addSubcommand(serve)
        .addSubcommand(new ValidateCommand(stop))
        .addSubcommand(bench)
        .addSubcommand(new PrepareCommand(stop))
        .addSubcommand(new VersionCommand())
        // The last of several wins, so that a script's flags can be overridden behind them.
        .setOverwrittenOptionsAllowed(true)
        .setExecutionExceptionHandler(Main::report);
  }

  /** What a person can mend is told in its own words, anything else with its stack. */
  private static int report(Exception failure, CommandLine command, ParseResult parsed)
      throws Exception {
    if (failure instanceof ConfigException) {
      System.err.println(failure.getMessage());
      return EXIT_USAGE;
    }
    if (failure instanceof IOException) {
      System.err.println("millrace: " + failure.getMessage());
      return EXIT_FAILURE;
    }
    throw failure;
  }
}
