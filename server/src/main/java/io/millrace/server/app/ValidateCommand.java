package io.millrace.server.app;

import io.millrace.server.batching.BatchingOptions;
import io.millrace.server.batching.BatchingServableLoader;
import io.millrace.server.config.ConfigReader;
import io.millrace.server.engine.EngineSettings;
import io.millrace.server.model.QueueBounds;
import io.millrace.server.repository.RepositoryOptions;
import io.millrace.server.repository.RepositoryReport;
import io.millrace.server.repository.VerifiedLoader;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code millrace validate}: what a server would make of a repository, without serving it. */
@Command(
    name = "validate",
    description = "Check a repository and say what is wrong and how to mend it",
    footerHeading = "%nExit code: ",
    footer = "0 if there is nothing to mend, 1 if there is.")
final class ValidateCommand implements Callable<Integer> {
  private final StopSignal stop;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "REPO",
      description = "folder of models; default model-repo here or beside the launcher")
  private @Nullable String repository;

  ValidateCommand(StopSignal stop) {
    this.stop = stop;
  }

  @Override
  public Integer call() {
    stop.endsTheProcess();
    Map<String, String> given = new HashMap<>();
    if (repository != null) {
      given.put("repository", repository);
    }
    ConfigReader reader = ConfigReader.of(given, System.getenv());
    ServerOptions server = ServerOptions.from(reader, DefaultRepository.find(System.getenv()));
    reader.finish();
    RepositoryOptions options = server.repository();
    EngineSettings.apply(server.cacheDirectory());
    // Every version is loaded as a server would load it, one instance at a time.
    BatchingServableLoader loader =
        new BatchingServableLoader(
                Engines.all(server.cacheDirectory()),
                new BatchingOptions(QueueBounds.ofCalls(1), 1, 1),
                Runnable::run)
            .trying(new Samples(Samples.Use.VALIDATE));
    ValidationReport report =
        new ValidationReport(System.out, new VerifiedLoader(options, loader, loader));
    return report.print(RepositoryReport.of(options)) ? Main.EXIT_OK : Main.EXIT_FAILURE;
  }
}
