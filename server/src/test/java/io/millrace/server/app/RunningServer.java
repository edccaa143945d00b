package io.millrace.server.app;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The packaged server in a process of its own, as its users start it, and a channel to it. Built by
 * the package phase; see the failsafe configuration for the system properties.
 */
public final class RunningServer implements AutoCloseable {
  static final Path DISTRIBUTION = Path.of(property("millrace.distribution"));
  static final Path CHECKOUT = Path.of(property("millrace.checkout"));

  private static final Pattern GRPC_LINE = Pattern.compile("gRPC +(\\S+):(\\d+)");
  private static final Pattern REST_LINE = Pattern.compile("REST +(http://\\S+)");
  private static final Pattern METRICS_LINE = Pattern.compile("metrics +(http://\\S+)/metrics");
  private static final long START_SECONDS = 120;
  private static final long STOP_SECONDS = 60;

  private final Process process;
  private final Path log;
  private final CompletableFuture<Integer> port = new CompletableFuture<>();
  private final CompletableFuture<String> rest = new CompletableFuture<>();
  private final CompletableFuture<String> monitoring = new CompletableFuture<>();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final List<String> output = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();

  private RunningServer(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts {@code serve} on a free port, without Envoy unless asked, and returns at once. */
  static RunningServer launch(Path repository, String... options) {
    return launch(Map.of(), repository, options);
  }

  static RunningServer launch(Map<String, String> environment, Path repository, String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    if (!all.contains("--envoy")) {
      all.add("--no-envoy");
    }
    return launchAsIs(environment, repository, all.toArray(String[]::new));
  }

  /** Starts {@code serve} without a word about Envoy, which it then looks for itself. */
  static RunningServer launchAsIs(
      Map<String, String> environment, Path repository, String... options) {
    List<String> command = new ArrayList<>();
    command.add(DISTRIBUTION.resolve("millrace").toString());
    command.addAll(List.of("serve", repository.toString()));
    command.addAll(List.of("--grpc-port", "0", "--metrics-port", "0"));
    command.addAll(List.of(options));
    try {
      Path log = Files.createTempFile("millrace-it", ".log");
      ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      builder.environment().putAll(environment);
      RunningServer server = new RunningServer(builder.start(), log);
      Thread reader = new Thread(server::read, "server-output");
      reader.setDaemon(true);
      reader.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts {@code serve} on a free port and waits until it says that it is ready. */
  static RunningServer start(Path repository, String... options) {
    RunningServer server = launch(repository, options);
    server.awaitReady();
    return server;
  }

  /** Starts {@code serve} with the real Envoy before it, also on a free port. */
  public static RunningServer startWithEnvoy(Path repository, String... options) {
    return launchWithEnvoy(Map.of(), repository, options).awaitReady();
  }

  static RunningServer launchWithEnvoy(
      Map<String, String> environment, Path repository, String... options) {
    List<String> all = new ArrayList<>(RealEnvoy.options());
    all.addAll(List.of(options));
    return launch(environment, repository, all.toArray(String[]::new));
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        onLine(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      IllegalStateException ended = new IllegalStateException("the server ended");
      port.completeExceptionally(ended);
      rest.completeExceptionally(ended);
      monitoring.completeExceptionally(ended);
      ready.completeExceptionally(ended);
    }
  }

  private void onLine(String line) {
    synchronized (output) {
      output.add(line);
    }
    Matcher matcher = GRPC_LINE.matcher(line);
    if (matcher.lookingAt()) {
      port.complete(Integer.valueOf(matcher.group(2)));
    }
    Matcher restMatcher = REST_LINE.matcher(line);
    if (restMatcher.lookingAt()) {
      rest.complete(restMatcher.group(1));
    }
    Matcher metrics = METRICS_LINE.matcher(line);
    if (metrics.lookingAt()) {
      monitoring.complete(metrics.group(1));
    }
    if (line.startsWith("Ready")) {
      ready.complete(null);
    }
  }

  RunningServer awaitReady() {
    await(ready);
    return this;
  }

  int port() {
    return await(port);
  }

  /** Where REST is served, such as http://127.0.0.1:8000. */
  public String restUrl() {
    return await(rest);
  }

  /** Where the paths for monitoring are, such as {@code http://127.0.0.1:8002}. */
  String monitoring() {
    return await(monitoring);
  }

  private <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(START_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("the server did not start:\n" + output() + "\n" + log(), e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A new connection; closed with the server. */
  public ManagedChannel channel() {
    return channel("127.0.0.1:" + port());
  }

  /** The share of one core that the process takes; measured over half a second. */
  double cpuShare() {
    long began = System.nanoTime();
    long before = cpuNanos();
    try {
      TimeUnit.MILLISECONDS.sleep(500);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return (double) (cpuNanos() - before) / (System.nanoTime() - began);
  }

  private long cpuNanos() {
    return process.info().totalCpuDuration().orElseThrow().toNanos();
  }

  /** The same through Envoy. */
  ManagedChannel channelThroughEnvoy() {
    return channel(URI.create(restUrl()).getAuthority());
  }

  private ManagedChannel channel(String address) {
    ManagedChannel channel =
        Grpc.newChannelBuilder(address, InsecureChannelCredentials.create())
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
    channels.add(channel);
    return channel;
  }

  /** What the server printed for the person at the terminal. */
  String output() {
    synchronized (output) {
      return String.join("\n", output);
    }
  }

  /** What the server logged. */
  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asks the server to stop, as an orchestrator does. */
  void terminate() {
    process.destroy();
  }

  /** Waits for the end of the process and gives its exit code. */
  int awaitExit() {
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("the server did not stop:\n" + log());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  ProcessHandle process() {
    return process.toHandle();
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    process.destroyForcibly();
    try {
      process.waitFor();
      Files.deleteIfExists(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String property(String name) {
    String value = System.getProperty(name);
    if (value == null) {
      throw new IllegalStateException("set -D" + name + "; Maven's verify does");
    }
    return value;
  }
}
