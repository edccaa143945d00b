package io.millrace.server.app;

import io.millrace.server.bench.Bench;
import io.millrace.server.bench.BenchOptions;
import io.millrace.server.bench.ModelChoice;
import io.millrace.server.config.ConfigReader;
import io.millrace.server.model.Quote;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace bench}: how fast a running server answers. */
@Command(
    name = "bench",
    description = "Measure how fast a running server answers for a model",
    sortOptions = false,
    footerHeading = "%nExit code: ",
    footer =
        "0 if each load got answers, also beside failures, 1 if one got none, 2 for flags that make no"
            + " sense.")
final class BenchCommand implements Callable<Integer> {
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  private final StopSignal stop;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "MODEL",
      description = "the model, or MODEL/VERSION; default what the file of --input names")
  private @Nullable String model;

  BenchCommand(StopSignal stop) {
    this.stop = stop;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    stop.endsTheProcess();
    Optional<ModelChoice> choice = Optional.ofNullable(model).flatMap(ModelChoice::parse);
    if (model != null && choice.isEmpty()) {
      System.err.println("command line: " + Quote.of(model) + " must be " + ModelChoice.RULE);
      return Main.EXIT_USAGE;
    }
    Bench bench = Bench.of(Versions.millrace(), options(), choice);
    return bench.run(System.out, System.err, isTerminal()) ? Main.EXIT_OK : Main.EXIT_FAILURE;
  }

  /** From the flags alone: the environment holds the settings of the server. */
  private BenchOptions options() {
    Map<String, String> given = new HashMap<>();
    if (spec != null) {
      given.putAll(Flag.given(spec.commandLine().getParseResult()));
    }
    ConfigReader reader = ConfigReader.of(given, Map.of());
    BenchOptions options = BenchOptions.from(reader);
    reader.finish();
    return options;
  }

  /** Whether standard error is a terminal. Without /proc nobody can tell, and lines suit both. */
  private static boolean isTerminal() {
    try {
      return Files.readSymbolicLink(STANDARD_ERROR).startsWith("/dev/pts");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
