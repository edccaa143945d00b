package io.millrace.benchmarks;

import io.millrace.benchmarks.StartRound.Candidate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Behind {@code benchmarks/run --start}: how long a start takes until the first answer, what it
 * uses of the processors and of memory, for Millrace and for a bare echo in the same run.
 */
@Command(
    name = "benchmarks/run --start",
    description = "Measure the time from the start to the first answer, and memory",
    sortOptions = false)
final class StartMain implements Callable<Integer> {
  @Option(names = "--help", usageHelp = true, description = "this text")
  @SuppressWarnings("UnusedVariable") // picocli writes and reads it.
  private boolean help;

  @Option(
      names = "--rounds",
      description = "starts of each server; default ${DEFAULT-VALUE}",
      paramLabel = "N")
  private int rounds = 5;

  @Mixin private BuiltServer server = new BuiltServer();

  @Option(names = "--heading", paramLabel = "TEXT", hidden = true)
  private String heading = "";

  @Option(
      names = "--out",
      description = "where the table goes, as Markdown, beside the terminal",
      paramLabel = "FILE")
  private Path out = Path.of("start.md");

  /** Ends with 0 if all went well. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new StartMain()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path work = Files.createTempDirectory("millrace-start");
    try {
      StartTable table = new StartTable();
      List<Candidate> candidates = candidates(work);
      // One round more, which is not counted, has the files in memory and finds what is amiss.
      for (int round = 0; round <= rounds; round++) {
        for (Candidate candidate : candidates) {
          StartSample sample = StartRound.of(candidate);
          if (round > 0) {
            table.add(candidate.name(), sample);
          }
        }
        System.err.printf("benchmarks: round %d of %d%n", round, rounds);
      }
      String text =
          heading
              + "%d rounds, one start of each in a round. A cell is the median of the rounds, with the best of them in brackets; a column with ÷ divides by the figure of the bare gRPC echo.\n\n"
                  .formatted(rounds)
              + table.markdown();
      System.out.print(text);
      Files.writeString(out, text);
    } finally {
      delete(work);
    }
    System.err.println("benchmarks: the table is in " + out);
    return 0;
  }

  private List<Candidate> candidates(Path work) throws IOException, InterruptedException {
    Path empty = Files.createDirectory(work.resolve("no-archive"));
    Path prepared = Files.createDirectory(work.resolve("archive"));
    StartRound.prepare(server.launcher(), prepared);
    Path models = oneModel(work);
    List<Candidate> all = new ArrayList<>();
    all.add(StartRound.echo(work));
    all.add(
        StartRound.millrace("Millrace, gRPC alone", server.launcher(), models, empty)
            .withoutEnvoy());
    all.add(StartRound.millrace("Millrace with Envoy", server.launcher(), models, empty));
    all.add(
        StartRound.millrace("Millrace, gRPC alone, prepared", server.launcher(), models, prepared)
            .withoutEnvoy());
    all.add(
        StartRound.millrace("Millrace with Envoy, prepared", server.launcher(), models, prepared));
    return all;
  }

  private Path oneModel(Path work) throws IOException {
    Path version = Files.createDirectories(work.resolve("models/linear/1"));
    Path model = server.repository().resolve("linear/1/model.onnx");
    Path copy = Files.copy(model, version.resolve("model.onnx"));
    // An old file is settled at the first look, as in a repository that was not just written.
    Files.setLastModifiedTime(copy, Files.getLastModifiedTime(model));
    return work.resolve("models");
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
