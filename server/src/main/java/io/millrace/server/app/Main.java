package io.millrace.server.app;

import io.millrace.server.config.ConfigException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
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
    int code = commandLine(stop, args.length == 0 ? "" : args[0]).execute(args);
    System.out.flush();
    System.err.flush();
    // No hooks: see StopSignal.
    Runtime.getRuntime().halt(code);
  }

  /**
   * The verb that is asked for, or all of them where it is none.
   *
   * @param first the first argument; empty if there is none
   */
  private static CommandLine commandLine(StopSignal stop, String first) {
    CommandLine main = new CommandLine(new Main());
    Map<String, Supplier<CommandLine>> verbs = verbs(stop);
    // To read the annotations of all verbs would take each start some 70 ms more.
    Set<String> wanted = verbs.containsKey(first) ? Set.of(first) : verbs.keySet();
    verbs.forEach(
        (name, verb) -> {
          if (wanted.contains(name)) {
            main.addSubcommand(name, verb.get());
          }
        });
    return main
        // The last of several wins, so that a script's flags can be overridden behind them.
        .setOverwrittenOptionsAllowed(true)
        .setExecutionExceptionHandler(Main::report);
  }

  /** In the order in which help lists them. */
  private static Map<String, Supplier<CommandLine>> verbs(StopSignal stop) {
    Map<String, Supplier<CommandLine>> verbs = new LinkedHashMap<>();
    verbs.put("serve", () -> ServerFlags.addTo(new CommandLine(new ServeCommand(stop))));
    verbs.put("validate", () -> new CommandLine(new ValidateCommand(stop)));
    verbs.put("package", () -> new CommandLine(new PackageCommand(stop)));
    verbs.put("push", () -> new CommandLine(new PushCommand(stop)));
    verbs.put("bench", () -> BenchFlags.addTo(new CommandLine(new BenchCommand(stop))));
    verbs.put("prepare", () -> new CommandLine(new PrepareCommand(stop)));
    verbs.put(TrialVerb.NAME, () -> new CommandLine(new TrialVerb()));
    verbs.put("version", () -> new CommandLine(new VersionCommand()));
    return verbs;
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
