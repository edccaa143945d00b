package io.millrace.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The servers that serve all models, each started once. */
final class Servers implements AutoCloseable {
  private final ServerProcess millrace;
  private final TracedServer traced;
  private final ServerProcess naive;
  private final String grpc;
  private final String rest;
  private final String naiveAddress;

  private Servers(ServerProcess millrace, TracedServer traced, ServerProcess naive)
      throws IOException {
    this.millrace = millrace;
    this.traced = traced;
    this.naive = naive;
    this.grpc = millrace.await("gRPC");
    String url = millrace.await("REST");
    if (!url.startsWith("http")) {
      throw new IOException("Millrace serves no REST here: " + url);
    }
    this.rest = URI.create(url).getAuthority();
    String unused = millrace.await("Ready");
    millrace.ignoreOutput();
    this.naiveAddress = local(naive.await(ServerProcess.READY));
  }

  /**
   * Starts them and waits until they serve.
   *
   * @param launcher of the built server
   */
  static Servers start(Path launcher, Path repository, List<Workload> workloads, String cores)
      throws IOException {
    ServerProcess millrace =
        ServerProcess.start("Millrace", cores, serve(launcher, repository, List.of()));
    try {
      return new Servers(
          millrace,
          TracedServer.start(cores, serve(launcher, repository, List.of("--no-envoy"))),
          startNaive(repository, workloads, cores));
    } catch (IOException | RuntimeException e) {
      millrace.close();
      throw e;
    }
  }

  private static List<String> serve(Path launcher, Path repository, List<String> more) {
    List<String> serve = List.of(launcher.toString(), "serve", repository.toString());
    List<String> ports = List.of("--grpc-port", "0", "--rest-port", "0", "--metrics-port", "0");
    return concat(concat(serve, ports), more);
  }

  private static ServerProcess startNaive(Path repository, List<Workload> workloads, String cores)
      throws IOException {
    Set<String> models = new TreeSet<>();
    workloads.forEach(workload -> models.add(workload.model()));
    List<String> arguments = new ArrayList<>(List.of(repository.toString()));
    arguments.addAll(models);
    return ServerProcess.start("the naive server", cores, java(NaiveServer.class, arguments));
  }

  /** A command with this JVM and, by the environment, its class path; options as the launcher's. */
  static List<String> java(Class<?> main, List<String> arguments) {
    String program = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return concat(
        List.of(
            program,
            "-Xms64m",
            "-Xmx1g",
            "-XX:MaxDirectMemorySize=768m",
            "-XX:-UsePerfData",
            "-Dio.netty.leakDetection.level=disabled",
            main.getName()),
        arguments);
  }

  private static List<String> concat(List<String> first, List<String> second) {
    List<String> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  static String local(String port) {
    return "127.0.0.1:" + port;
  }

  ServerProcess millrace() {
    return millrace;
  }

  TracedServer traced() {
    return traced;
  }

  ServerProcess naive() {
    return naive;
  }

  String grpc() {
    return grpc;
  }

  String rest() {
    return rest;
  }

  String naiveAddress() {
    return naiveAddress;
  }

  @Override
  public void close() {
    naive.close();
    traced.close();
    millrace.close();
  }
}
