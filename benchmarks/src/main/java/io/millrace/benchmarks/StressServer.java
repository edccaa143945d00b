package io.millrace.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The built server with some of the models in a folder of its own, which may be changed meanwhile.
 * Confined to one thread but for its addresses.
 */
final class StressServer implements AutoCloseable {
  /** An argument of {@code serve}. */
  static final String NO_REST = "--no-envoy";

  private static final long POLL_MILLIS = 250;
  private static final int MONITORING_THREADS = 4;
  private static final int SECONDS_TO_DIE = 10;

  private final ServerProcess process;
  private final Path repository;
  private final String grpc;
  private final String rest;
  private final URI metrics;

  /**
   * What to start.
   *
   * @param launcher of the built server
   * @param models where the models lie
   * @param cores as taskset writes them; empty for any
   * @param log what the server logs is added to it
   */
  record Setting(Path launcher, Path models, String cores, Path log) {}

  private StressServer(ServerProcess process, Path repository, boolean hasRest) throws IOException {
    this.process = process;
    this.repository = repository;
    this.grpc = process.await("gRPC");
    this.rest = hasRest ? process.await("REST").replaceFirst("^http://", "") : "";
    this.metrics = URI.create(process.await("metrics"));
    String unused = process.await("Ready");
    process.ignoreOutput();
    for (int i = 0; i < MONITORING_THREADS; i++) {
      // They start with the first requests; from here on their number is level.
      var unusedPage = scrape();
    }
  }

  /** Puts models into the folder of a server that is about to start. */
  interface Stock {
    void fill(Path repository) throws IOException;
  }

  /** Starts it with some of the models; see {@link #start(Setting, Stock, List, String)}. */
  static StressServer start(
      Setting setting, List<String> models, List<String> arguments, String jvmOptions)
      throws IOException {
    Stock stock =
        repository -> {
          for (String model : models) {
            copyVersion(setting.models().resolve(model).resolve("1"), repository.resolve(model), 1);
          }
        };
    return start(setting, stock, arguments, jvmOptions);
  }

  /**
   * Starts it and waits until it serves.
   *
   * @param arguments of {@code serve}, beside the folder and the ports
   * @param jvmOptions separated by blanks
   */
  static StressServer start(Setting setting, Stock stock, List<String> arguments, String jvmOptions)
      throws IOException {
    Path repository = Files.createTempDirectory("stress");
    stock.fill(repository);
    return startIn(setting, repository, arguments, jvmOptions);
  }

  /** Starts it on a folder that there is. */
  static StressServer startIn(
      Setting setting, Path repository, List<String> arguments, String jvmOptions)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(setting.launcher().toString(), "serve"));
    command.add(repository.toString());
    command.addAll(List.of("--grpc-port", "0", "--rest-port", "0", "--metrics-port", "0"));
    command.addAll(arguments);
    ServerProcess process =
        ServerProcess.start(
            "Millrace",
            setting.cores(),
            command,
            new ServerProcess.Surroundings(
                Map.of("MILLRACE_JAVA_OPTS", jvmOptions),
                ProcessBuilder.Redirect.appendTo(setting.log().toFile())));
    // Also when this process is asked to stop.
    Runtime.getRuntime().addShutdownHook(new Thread(process::close));
    try {
      return new StressServer(process, repository, !arguments.contains(NO_REST));
    } catch (IOException | RuntimeException e) {
      process.close();
      delete(repository);
      throw e;
    }
  }

  /** Copies a version's file beside its model first: a folder that moves in is complete. */
  static void copyVersion(Path version, Path model, long number) throws IOException {
    Path staged = model.resolveSibling("." + model.getFileName() + "-" + number);
    Files.createDirectories(staged);
    Files.createDirectories(model);
    Files.copy(version.resolve("model.onnx"), staged.resolve("model.onnx"));
    Files.move(staged, model.resolve(Long.toString(number)));
  }

  static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Kills it, and leaves its folder; tells which of its processes are still there after that. */
  List<ProcessHandle> kill() throws InterruptedException {
    List<ProcessHandle> children = process.handle().descendants().toList();
    process.handle().destroyForcibly();
    for (long left = SECONDS_TO_DIE * 1000L; left > 0; left -= POLL_MILLIS) {
      if (!process.handle().isAlive() && children.stream().noneMatch(ProcessHandle::isAlive)) {
        break;
      }
      Thread.sleep(POLL_MILLIS);
    }
    return children.stream().filter(ProcessHandle::isAlive).toList();
  }

  long pid() {
    return process.handle().pid();
  }

  Path repository() {
    return repository;
  }

  String grpc() {
    return grpc;
  }

  /** Host and port of Envoy; empty if it was not wanted. */
  String rest() {
    return rest;
  }

  Scrape scrape() throws IOException {
    return Scrape.of(metrics);
  }

  /** The metrics as soon as the condition holds, or as they are after so many seconds. */
  Scrape scrapeWhen(Predicate<Scrape> condition, int seconds)
      throws IOException, InterruptedException {
    Scrape scrape = scrape();
    for (long left = seconds * 1000L; left > 0 && !condition.test(scrape); left -= POLL_MILLIS) {
      Thread.sleep(POLL_MILLIS);
      scrape = scrape();
    }
    return scrape;
  }

  @Override
  public void close() {
    process.close();
    try {
      delete(repository);
    } catch (IOException e) {
      throw new UncheckedIOException("could not delete " + repository, e);
    }
  }
}
