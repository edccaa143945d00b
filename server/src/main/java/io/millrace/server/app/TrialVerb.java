package io.millrace.server.app;

import io.millrace.server.batching.BatchingOptions;
import io.millrace.server.batching.BatchingServableLoader;
import io.millrace.server.canary.TrialCommand;
import io.millrace.server.canary.TrialHost;
import io.millrace.server.engine.EngineSettings;
import io.millrace.server.model.QueueBounds;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServableLoader;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import io.millrace.server.repository.RepositoryOptions;
import io.millrace.server.repository.RepositoryReport;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The process in which a server tries new models; not for people. */
@Command(name = TrialVerb.NAME, hidden = true)
final class TrialVerb implements Callable<Integer> {
  static final String NAME = "trial";

  /**
   * For a JVM that runs one model at a time and no calls. Its crash is expected, and its parent
   * tells of it: no report is left in the folder that the server was started in.
   */
  private static final List<String> JVM_OPTIONS =
      List.of(
          "-Xms32m",
          "-Xmx1g",
          "-XX:+ExitOnOutOfMemoryError",
          "-XX:-UsePerfData",
          "-XX:ErrorFile=/dev/null");

  @Parameters(index = "0")
  private Path repository = Path.of("");

  @Parameters(index = "1")
  private Path cacheDirectory = Path.of("");

  @Parameters(index = "2")
  private boolean strictManifest;

  @Parameters(index = "3")
  private boolean allowLinks;

  /** The command that has a JVM like this one run this verb. */
  static TrialCommand command(ServerOptions options) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(JVM_OPTIONS);
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), NAME));
    words.add(options.repository().path().toString());
    words.add(options.cacheDirectory().toString());
    words.add(Boolean.toString(options.repository().strictManifest()));
    words.add(Boolean.toString(options.repository().allowLinks()));
    return new TrialCommand(words);
  }

  @Override
  public Integer call() throws InterruptedException {
    EngineSettings.apply(cacheDirectory);
    ServableLoader loader =
        new BatchingServableLoader(
                Engines.all(cacheDirectory),
                new BatchingOptions(QueueBounds.ofCalls(1), 1, 1),
                Runnable::run)
            .trying(new Samples(Samples.Use.SERVE));
    // What frameworks print must not come between a line's parts.
    PrintStream answers = System.out;
    System.setOut(System.err);
    new TrialHost((model, version) -> tried(loader, model, version), answers)
        .run(System.in, () -> Runtime.getRuntime().halt(Main.EXIT_OK));
    return Main.EXIT_OK;
  }

  private String tried(ServableLoader loader, String model, long version) {
    // Whether TorchScript may be served was asked before.
    RepositoryOptions options =
        new RepositoryOptions(repository, Duration.ZERO, true, strictManifest, allowLinks);
    VersionArtifact artifact =
        RepositoryReport.candidate(options, model, version).orElseThrow(() -> gone(model, version));
    loader.load(artifact).close();
    return artifact.fingerprint();
  }

  private static ServingException gone(String model, long version) {
    return ServingException.refusal(
        Reason.MODEL_LOAD_FAILED,
        "the files of %s/%d changed while it was tried".formatted(model, version));
  }
}
