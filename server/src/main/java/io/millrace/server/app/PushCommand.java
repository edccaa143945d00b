package io.millrace.server.app;

import io.millrace.server.repository.ModelPush;
import io.millrace.server.repository.RepositoryOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace push}: copies a model into a repository as a new version, in one step. */
@Command(
    name = "push",
    description = "Copy a model into a repository as a new version, in one step",
    sortOptions = false,
    footerHeading = "%nExit code: ",
    footer = "0 if the version is there, 1 if not; then nothing is.")
final class PushCommand implements Callable<Integer> {
  private final StopSignal stop;

  @Mixin private final RepositoryFlags flags = new RepositoryFlags();

  @Parameters(
      index = "0",
      paramLabel = "MODEL_FILE|DIR",
      description = "a file that ends with .onnx or .pt, or a folder as a version's is")
  private Path source = Path.of("");

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "REPO",
      description = "folder of models; default model-repo here or beside the launcher")
  private @Nullable String repository;

  @Option(names = "--model", required = true, paramLabel = "NAME", description = "the model's name")
  private String model = "";

  @Option(
      names = "--version",
      paramLabel = "N",
      description = "the version's number; default one more than the highest")
  private @Nullable Long version;

  /** With the help that all verbs inherit comes a {@code --version} that tells Millrace's own. */
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help message and exit.")
  @SuppressWarnings("UnusedVariable") // picocli writes and reads it.
  private boolean help;

  PushCommand(StopSignal stop) {
    this.stop = stop;
  }

  @Override
  public Integer call() throws IOException {
    RepositoryOptions options = flags.options(repository);
    ModelPush push = new ModelPush(options, stop.requested()::isDone);
    ModelPush.Pushed pushed =
        push.push(
            new ModelPush.Order(
                source, model, version == null ? OptionalLong.empty() : OptionalLong.of(version)));
    System.out.printf(
        "%s  %s%n",
        options.path().resolve(model).resolve(String.valueOf(pushed.folder().getFileName())),
        pushed.digest());
    return Main.EXIT_OK;
  }
}
