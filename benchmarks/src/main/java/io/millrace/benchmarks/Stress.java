package io.millrace.benchmarks;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Behind {@code benchmarks/stress}, which builds, makes the models and calls this. */
@Command(
    name = "benchmarks/stress",
    description = "Show that Millrace loses and keeps nothing under overload, cancels and long use",
    sortOptions = false)
final class Stress implements Callable<Integer> {
  /** What can be run. */
  enum Suite {
    OVERLOAD,
    CANCELS,
    SOAK,
    SWAPS,
    FLEET,
    RELOADS,
    KILLS,
    ALL
  }

  @Option(names = "--help", usageHelp = true, description = "this text")
  @SuppressWarnings("UnusedVariable") // picocli writes and reads it.
  private boolean help;

  @Parameters(
      arity = "0..1",
      paramLabel = "SUITE",
      description = "${COMPLETION-CANDIDATES}; the last is the default")
  private Suite suite = Suite.ALL;

  @Option(names = "--quick", description = "less of each, in half a minute")
  private boolean quick;

  @Option(
      names = "--minutes",
      description = "of the soak, default ${DEFAULT-VALUE}",
      paramLabel = "N")
  private int minutes = 5;

  @Option(
      names = "--swaps",
      description = "versions that the swaps drop, default ${DEFAULT-VALUE}",
      paramLabel = "N")
  private int swaps = 500;

  @Option(
      names = "--plant-leak",
      description = "only the parts of the soak and the swaps that must find leaks")
  private boolean plantLeak;

  @Mixin private BuiltServer server = new BuiltServer();

  @Option(names = "--log", paramLabel = "FILE", description = "where what the servers log goes")
  private Path log = Path.of("stress.log");

  /** Ends with 0 if all expectations held. */
  public static void main(String[] arguments) {
    int code =
        new CommandLine(new Stress())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(Stress::report)
            .execute(arguments);
    System.exit(code);
  }

  private static int report(Exception failure, CommandLine command, CommandLine.ParseResult parsed)
      throws Exception {
    if (failure instanceof IOException) {
      System.err.println("benchmarks/stress: " + failure.getMessage());
      return 1;
    }
    throw failure;
  }

  @Override
  public Integer call() throws IOException, InterruptedException, OrtException {
    Files.deleteIfExists(log);
    StressServer.Setting setting =
        new StressServer.Setting(server.launcher(), server.repository(), server.cores(), log);
    Findings findings = new Findings(System.out);
    if (isWanted(Suite.OVERLOAD)) {
      new OverloadSuite(setting, quick).run(findings);
    }
    if (isWanted(Suite.CANCELS)) {
      new CancelSuite(setting, quick ? 5_000 : 100_000).run(findings);
    }
    if (isWanted(Suite.SOAK)) {
      soak(setting, findings);
    }
    if (isWanted(Suite.SWAPS)) {
      swaps(setting, findings);
    }
    if (isWanted(Suite.FLEET)) {
      new FleetSuite(setting, quick ? 100 : 1_000, quick ? 1_600 : 20_000).run(findings);
    }
    if (isWanted(Suite.RELOADS)) {
      new ReloadSuite(setting, quick ? 2 : 100).run(findings);
    }
    if (isWanted(Suite.KILLS)) {
      new KillSuite(setting, quick ? 3 : 20).run(findings);
    }
    System.err.println("benchmarks/stress: what the servers logged is in " + log);
    return findings.isGood() ? 0 : 1;
  }

  private void soak(StressServer.Setting setting, Findings findings)
      throws IOException, InterruptedException, OrtException {
    SoakSuite soak =
        quick
            ? new SoakSuite(setting, Duration.ofSeconds(16), Duration.ofSeconds(12), 2)
            : new SoakSuite(setting, Duration.ofMinutes(minutes), Duration.ofMinutes(2), 1);
    if (!plantLeak) {
      soak.run(findings);
    }
    soak.runWithLeaks(findings);
  }

  private void swaps(StressServer.Setting setting, Findings findings)
      throws IOException, InterruptedException {
    SwapSuite suite = new SwapSuite(setting, quick ? 8 : swaps, Duration.ofSeconds(quick ? 2 : 20));
    if (!plantLeak) {
      suite.run(findings);
    }
    if (!quick) {
      suite.runWithLeak(findings);
    }
  }

  private boolean isWanted(Suite one) {
    return suite == one || suite == Suite.ALL;
  }
}
