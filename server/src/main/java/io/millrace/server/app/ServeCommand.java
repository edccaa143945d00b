package io.millrace.server.app;

import io.millrace.server.config.ConfigReader;
import io.millrace.server.engine.EngineSettings;
import io.millrace.server.telemetry.Telemetry;
import java.io.IOException;
import java.net.BindException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace serve}: serves until a signal asks it to stop. */
@Command(
    name = "serve",
    description = "Serve the models of a repository",
    sortOptions = false,
    footerHeading = "%nEach option is also an environment variable and a key of the file:%n",
    footer = "--grpc-port is MILLRACE_GRPC_PORT and grpc_port. Flag wins over variable over file.")
final class ServeCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(ServeCommand.class);

  /** What the launcher reads; no settings of the server. */
  private static final Set<String> LAUNCHER_VARIABLES =
      Set.of(
          "MILLRACE_HOME",
          "MILLRACE_JAVA",
          "MILLRACE_HEAP",
          "MILLRACE_DIRECT_MEMORY",
          "MILLRACE_JAVA_OPTS",
          "MILLRACE_BUILD_OPTS",
          "MILLRACE_ARCHIVE_DIR");

  private final StopSignal stop;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "REPO",
      description = "folder of models; default model-repo here or beside the launcher")
  private @Nullable String repository;

  ServeCommand(StopSignal stop) {
    this.stop = stop;
  }

  @Override
  public Integer call() throws IOException {
    long began = System.nanoTime();
    ServerOptions options = options();
    EngineSettings.apply(options.cacheDirectory());
    RestDoor rest = RestDoor.prepare(options, stop.requested());
    Telemetry telemetry = startTelemetry(options);
    ServingProcess process =
        new ServingProcess(options, Engines.all(options.cacheDirectory()), telemetry);
    start(process);
    open(rest, process);
    StartReport report =
        new StartReport(
            System.out,
            process.manager(),
            options.repository().path(),
            address(options.grpc().host(), process.grpcPort()),
            options.grpc().reflection(),
            rest,
            "http://" + address(options.telemetry().host(), telemetry.port()) + "/metrics");
    report.listening(Versions.millrace());
    CompletableFuture<?> end = CompletableFuture.anyOf(stop.requested(), rest.ended());
    CompletableFuture.anyOf(process.ready(), end).join();
    if (!end.isDone()) {
      report.ready((System.nanoTime() - began) / 1_000_000);
    }
    end.join();
    return stop(process, rest);
  }

  private int stop(ServingProcess process, RestDoor rest) {
    boolean asked = stop.requested().isDone();
    if (asked) {
      log.info("stopping: calls that run are finished first");
    } else {
      log.error("Envoy ended with code {}, so the server stops too", rest.ended().join());
    }
    rest.announceEnd();
    process.stop();
    rest.close();
    return asked ? Main.EXIT_OK : Main.EXIT_FAILURE;
  }

  private static void open(RestDoor rest, ServingProcess process) throws IOException {
    try {
      rest.open(process.grpcPort());
    } catch (IOException e) {
      process.stop();
      throw e;
    }
  }

  private static String address(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  private static Telemetry startTelemetry(ServerOptions options) throws IOException {
    try {
      return Telemetry.start(options.telemetry());
    } catch (BindException e) {
      throw new IOException(e.getMessage() + "; choose another with --host or --metrics-port", e);
    }
  }

  private static void start(ServingProcess process) throws IOException {
    try {
      process.start();
    } catch (IOException e) {
      throw new IOException(e.getMessage() + "; choose another with --host or --grpc-port", e);
    }
  }

  private ServerOptions options() {
    Map<String, String> given = new HashMap<>();
    if (spec != null) {
      given.putAll(Flag.given(spec.commandLine().getParseResult()));
    }
    if (repository != null) {
      given.put("repository", repository);
    }
    ConfigReader reader = ConfigReader.of(given, System.getenv());
    ServerOptions options = ServerOptions.from(reader, DefaultRepository.find(System.getenv()));
    reader.finish();
    LogSetup.apply(options.logFormat(), options.accessLog());
    reader.unknownVariables(LAUNCHER_VARIABLES).forEach(problem -> log.warn("{}", problem));
    return options;
  }
}
