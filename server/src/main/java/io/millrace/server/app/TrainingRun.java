package io.millrace.server.app;

import io.millrace.server.bench.ClosedLoop;
import io.millrace.server.bench.Inputs;
import io.millrace.server.bench.Limit;
import io.millrace.server.bench.LoadResult;
import io.millrace.server.bench.LoadTest;
import io.millrace.server.bench.Protocol;
import io.millrace.server.bench.Target;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A server that starts as users start it, by the launcher, with a model of one multiplication,
 * answers some calls and ends. Its JVM writes the classes that it has loaded into an archive.
 */
final class TrainingRun {
  /** {@code benchmarks/make_models.py} made it; it takes three floats and gives one. */
  private static final String MODEL = "linear";

  /** In the folder that the server runs in: a path could hold blanks, which part options. */
  private static final String ARCHIVE = "classes.jsa";

  /** What a start needs of the environment that is ours; settings of a server are not for this. */
  private static final Set<String> KEPT =
      Set.of(
          "MILLRACE_HOME",
          "MILLRACE_JAVA",
          "MILLRACE_HEAP",
          "MILLRACE_DIRECT_MEMORY",
          "MILLRACE_JAVA_OPTS",
          "MILLRACE_BUILD_OPTS",
          "MILLRACE_CACHE_DIR");

  private static final Limit CALLS = new Limit(Duration.ofSeconds(20), 200);
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final Process server;

  private TrainingRun(Process server) {
    this.server = server;
  }

  /**
   * Runs it and gives the archive.
   *
   * @param folder an empty one, for the model and the archive
   * @param environment of this process
   * @param stop ends the run early
   * @throws IOException if it fails; what the server says itself is on standard error
   */
  static Path in(Path folder, Map<String, String> environment, CompletableFuture<Void> stop)
      throws IOException, InterruptedException {
    Path archive = folder.resolve(ARCHIVE);
    ProcessBuilder builder = new ProcessBuilder(command(repository(folder), environment));
    settle(builder.environment(), folder);
    Process server = builder.directory(folder.toFile()).redirectError(Redirect.INHERIT).start();
    var unused = stop.thenRun(server.toHandle()::destroy);
    try {
      new TrainingRun(server).run();
    } finally {
      server.destroy();
      server.waitFor();
    }
    if (!Files.isRegularFile(archive)) {
      throw new IOException("the JVM wrote no archive of classes; above is what it says");
    }
    return archive;
  }

  private static List<String> command(Path repository, Map<String, String> environment) {
    Path launcher = Path.of(environment.getOrDefault("MILLRACE_HOME", ""), "millrace");
    return List.of(
        launcher.toString(),
        "serve",
        repository.toString(),
        "--grpc-port",
        "0",
        "--metrics-port",
        "0",
        "--no-envoy");
  }

  private static void settle(Map<String, String> environment, Path folder) {
    environment
        .keySet()
        .removeIf(
            name ->
                name.startsWith("OTEL_") || (name.startsWith("MILLRACE_") && !KEPT.contains(name)));
    // Where there is no archive: a JVM cannot write one while it uses one.
    environment.put("MILLRACE_ARCHIVE_DIR", folder.toString());
    // The JVM warns of each class that cannot be kept, such as those compiled for Java 5.
    environment.merge(
        "MILLRACE_JAVA_OPTS",
        "-XX:ArchiveClassesAtExit=" + ARCHIVE + " -Xlog:cds=error -Xlog:cds+dynamic=error",
        (given, added) -> given + " " + added);
  }

  private static Path repository(Path folder) throws IOException {
    Path repository = folder.resolve("models");
    Path version = Files.createDirectories(repository.resolve(MODEL).resolve("1"));
    try (InputStream model = TrainingRun.class.getResourceAsStream(MODEL + ".onnx")) {
      Files.copy(model, version.resolve("model.onnx"));
    }
    return repository;
  }

  private void run() throws IOException, InterruptedException {
    try (BufferedReader report = server.inputReader(StandardCharsets.UTF_8)) {
      String address = await(report, "gRPC");
      var unused = await(report, "Ready");
      call(Protocol.PREDICT, address);
      call(Protocol.INFER, address);
      // Unlike the process, its handle leaves the pipe open.
      server.toHandle().destroy();
      while (report.readLine() != null) {
        // What it says at its end must not fill the pipe.
      }
    }
  }

  private static String await(BufferedReader report, String beginning) throws IOException {
    for (@Nullable String line = report.readLine(); line != null; line = report.readLine()) {
      if (line.startsWith(beginning)) {
        return line.substring(beginning.length()).strip();
      }
    }
    throw new IOException("the server ended before it was ready; above is what it says");
  }

  private static void call(Protocol protocol, String address)
      throws IOException, InterruptedException {
    Target target = new Target(protocol, address, MODEL, 0, 1, DEADLINE);
    try (LoadTest test = LoadTest.prepare(target, new Inputs.Random(1, Map.of()), 1)) {
      LoadResult result = test.run(new ClosedLoop(4), CALLS, null);
      if (result.failed() > 0) {
        throw new IOException("calls failed: " + result.failures());
      }
    }
  }
}
