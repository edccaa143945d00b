package io.millrace.server.app;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An Envoy that runs as long as this process. The script {@code run-envoy} keeps it in a process
 * group of its own and ends it when the pipe from here closes, however that comes about. Confined
 * to the thread that serves, but for {@link #ended()}.
 */
final class EnvoyProcess {
  private static final Logger log = LoggerFactory.getLogger(EnvoyProcess.class);

  private static final Duration START_LIMIT = Duration.ofSeconds(20);
  private static final Duration LAST_ANSWERS_LIMIT = Duration.ofSeconds(5);

  /**
   * A client whose last answer came before it was asked to go has its next call refused in words.
   */
  private static final Duration LAST_CONNECTIONS_LIMIT = Duration.ofMillis(500);

  private static final Duration END_LIMIT = Duration.ofSeconds(10);
  private static final long POLL_MILLIS = 10;

  private final Process keeper;
  private final EnvoyAdmin admin;

  private EnvoyProcess(Process keeper, EnvoyAdmin admin) {
    this.keeper = keeper;
    this.admin = admin;
  }

  /**
   * Starts it and waits until it listens.
   *
   * @param program the binary
   * @param kit the folder of what goes with it: {@code run-envoy}, {@code envoy.yaml} and {@code
   *     millrace.pb}
   * @throws IOException if it does not come up; what Envoy says itself is on standard error
   */
  static EnvoyProcess start(Path program, Path kit, EnvoyBootstrap bootstrap) throws IOException {
    Path folder = Files.createTempDirectory("millrace-");
    EnvoyAdmin admin = new EnvoyAdmin(folder.resolve("admin"));
    Path file = folder.resolve("envoy.yaml");
    String template = Files.readString(kit.resolve("envoy.yaml"));
    Files.writeString(file, bootstrap.fill(template, admin.socket(), kit.resolve("millrace.pb")));
    Process keeper =
        new ProcessBuilder(command(kit.resolve("run-envoy"), folder, program, file))
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.INHERIT)
            .start();
    EnvoyProcess started = new EnvoyProcess(keeper, admin);
    started.awaitReady();
    return started;
  }

  private static List<String> command(Path keeper, Path folder, Path program, Path file) {
    int workers = Math.max(2, Runtime.getRuntime().availableProcessors() / 2);
    return List.of(
        keeper.toString(),
        folder.toString(),
        program.toString(),
        "--config-path",
        file.toString(),
        "--concurrency",
        Integer.toString(workers),
        // Several Envoys may run on one machine.
        "--disable-hot-restart",
        "--drain-strategy",
        "immediate",
        "--log-level",
        "warning",
        // It warns of each ordinary stop, and for ever of a receiver of traces that is away.
        "--component-log-level",
        "main:error,tracing:off",
        "--log-format",
        "%H:%M:%S.%e %l Envoy - %v");
  }

  private void awaitReady() throws IOException {
    boolean settled = poll(START_LIMIT, () -> !keeper.isAlive() || admin.isReady());
    if (!keeper.isAlive()) {
      throw new IOException("Envoy ended at its start with code " + keeper.exitValue());
    }
    if (!settled) {
      stop();
      throw new IOException("Envoy did not listen within " + START_LIMIT.toSeconds() + " s");
    }
  }

  /** The port that it listens on. */
  int port() throws IOException {
    return admin.port();
  }

  /** Ends with Envoy, whatever the reason, and gives its exit code. */
  CompletableFuture<Integer> ended() {
    return keeper.onExit().thenApply(Process::exitValue);
  }

  /** Asks clients to close their connections after their next answer; calls are still taken. */
  void announceEnd() {
    attempt("announce its end", admin::announceEnd);
  }

  /** Ends it once what it has taken is answered; the server behind it has stopped by now. */
  void stop() {
    attempt("stop listening", admin::stopListening);
    poll(LAST_ANSWERS_LIMIT, () -> !keeper.isAlive() || isZero(admin::activeRequests));
    poll(LAST_CONNECTIONS_LIMIT, () -> !keeper.isAlive() || isZero(admin::activeConnections));
    attempt("end", keeper.getOutputStream()::close);
    if (!poll(END_LIMIT, () -> !keeper.isAlive())) {
      log.warn("Envoy has not ended within {} s", END_LIMIT.toSeconds());
    }
  }

  private static boolean isZero(Count count) {
    try {
      return count.get() == 0;
    } catch (IOException e) {
      // Whoever does not answer here has no answers to give elsewhere.
      return true;
    }
  }

  @FunctionalInterface
  private interface Count {
    int get() throws IOException;
  }

  /** Asks something of an Envoy that may have ended already. */
  private void attempt(String what, Request request) {
    try {
      request.run();
    } catch (IOException e) {
      if (keeper.isAlive()) {
        log.warn("could not make Envoy {}", what, e);
      }
    }
  }

  @FunctionalInterface
  private interface Request {
    void run() throws IOException;
  }

  /** Whether the condition held before the time was up. */
  private static boolean poll(Duration limit, BooleanSupplier condition) {
    long end = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }
}
