package io.millrace.benchmarks;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Behind {@code benchmarks/run}, which builds, makes the models and calls this. */
@Command(
    name = "benchmarks/run",
    description = "Measure Millrace beside its limits and beside a naive server, in one run",
    sortOptions = false,
    footerHeading = "%nInstead of this comparison:%n",
    footer = {
      "  benchmarks/run --micro   micro-benchmarks; what follows goes to JMH, as -h",
      "  benchmarks/run --start   from a start to the first answer, and memory; the",
      "                           same with --help explains it"
    })
final class Main implements Callable<Integer> {
  @Option(names = "--help", usageHelp = true, description = "this text")
  @SuppressWarnings("UnusedVariable") // picocli writes and reads it.
  private boolean help;

  @Option(
      names = "--quick",
      description = "send some requests to each server and check the answers; measure nothing")
  private boolean quick;

  @Option(
      names = "--models",
      split = ",",
      paramLabel = "NAME",
      description = "${COMPLETION-CANDIDATES}; default all but the last two")
  private List<Workload> workloads = new ArrayList<>();

  @Option(
      names = "--rounds",
      description = "measurements of each server and number of callers; default ${DEFAULT-VALUE}",
      paramLabel = "N")
  private int rounds = 5;

  @Option(
      names = "--seconds",
      description = "of a measurement, default ${DEFAULT-VALUE}",
      paramLabel = "N")
  private int seconds = 5;

  @Option(
      names = "--warm-up",
      description = "seconds for each server and load, default ${DEFAULT-VALUE}",
      paramLabel = "N")
  private int warmUp = 20;

  @Mixin private BuiltServer server = new BuiltServer();

  @Option(names = "--heading", paramLabel = "TEXT", hidden = true)
  private String heading = "";

  @Option(
      names = "--out",
      description = "where the table goes, as Markdown, beside the terminal",
      paramLabel = "FILE")
  private Path out = Path.of("performance.md");

  /** Ends with 0 if all went well. */
  public static void main(String[] arguments) {
    int code =
        new CommandLine(new Main())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(Main::report)
            .execute(arguments);
    System.exit(code);
  }

  private static int report(Exception failure, CommandLine command, CommandLine.ParseResult parsed)
      throws Exception {
    if (failure instanceof IOException) {
      System.err.println("benchmarks: " + failure.getMessage());
      return 1;
    }
    throw failure;
  }

  @Override
  public Integer call() throws IOException, InterruptedException, OrtException {
    List<Workload> chosen = workloads.isEmpty() ? standard() : workloads;
    System.err.println("benchmarks: starting the servers");
    try (Servers servers =
        Servers.start(server.launcher(), server.repository(), chosen, server.cores())) {
      // Also when this process is asked to stop.
      Runtime.getRuntime().addShutdownHook(new Thread(servers::close));
      if (quick) {
        return new QuickCheck(server.repository(), server.cores(), servers).run(chosen) ? 0 : 1;
      }
      Comparison comparison =
          new Comparison(
              server.repository(),
              server.cores(),
              servers,
              new Comparison.Plan(rounds, Duration.ofSeconds(seconds), Duration.ofSeconds(warmUp)));
      write(chosen, comparison);
      servers.traced().requireSpans();
      return 0;
    }
  }

  private void write(List<Workload> chosen, Comparison comparison)
      throws IOException, InterruptedException, OrtException {
    try (PrintStream file = new PrintStream(Files.newOutputStream(out), true, "UTF-8")) {
      String above = "%s%s.%n%s%n".formatted(heading, comparison.plan(), Table.LEGEND);
      System.out.print(above);
      file.print(above);
      for (Workload workload : chosen) {
        String table = comparison.of(workload).markdown() + System.lineSeparator();
        System.out.print(table);
        file.print(table);
      }
    }
    System.err.println("benchmarks: the tables are in " + out);
  }

  private List<Workload> standard() {
    return quick
        ? List.of(Workload.LINEAR, Workload.MLP, Workload.CNN, Workload.IDENTITY_64K)
        : Workload.measured();
  }
}
