package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Finds the Envoy to run. The search itself is the script {@code envoy/get-envoy} beside the
 * launcher, which people call as well. Only in a checkout may it fetch one: an installed server
 * downloads nothing.
 */
final class EnvoyProgram {
  private EnvoyProgram() {}

  /**
   * Nothing if there is none, or if the search was cut short by a stop.
   *
   * @throws IOException if the settings name one that cannot be run
   */
  static Optional<Path> find(
      EnvoyOptions options, Map<String, String> environment, CompletableFuture<Void> stop)
      throws IOException {
    if (options.off()) {
      return Optional.empty();
    }
    if (options.program().isPresent()) {
      return Optional.of(runnable(options.program().get()));
    }
    Path home = Path.of(environment.getOrDefault("MILLRACE_HOME", ""));
    Path script = home.resolve("envoy/get-envoy");
    return Files.isExecutable(script)
        ? search(script, Files.exists(home.resolve("pom.xml")), stop)
        : Optional.empty();
  }

  private static Path runnable(Path program) throws IOException {
    if (!Files.isRegularFile(program) || !Files.isExecutable(program)) {
      throw new IOException(program + " is no program; --envoy names an Envoy, 1.36 or newer");
    }
    return program.toAbsolutePath();
  }

  private static Optional<Path> search(Path script, boolean mayFetch, CompletableFuture<Void> stop)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    if (!mayFetch) {
      command.add("--find");
    }
    ProcessBuilder builder = new ProcessBuilder(command);
    // Whoever waits for a download wants to know; that none is here is said in the start report.
    builder.redirectError(mayFetch ? Redirect.INHERIT : Redirect.DISCARD);
    Process process = builder.start();
    process.getOutputStream().close();
    CompletableFuture.anyOf(process.onExit(), stop).join();
    if (process.isAlive()) {
      process.destroy();
      return Optional.empty();
    }
    String path = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    return process.exitValue() == 0 ? Optional.of(Path.of(path)) : Optional.empty();
  }
}
