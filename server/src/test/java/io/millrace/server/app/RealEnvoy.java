package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The Envoy that the tests run: MILLRACE_ENVOY, else what {@code envoy/get-envoy} gets. */
final class RealEnvoy {
  private RealEnvoy() {}

  /** Without one the test fails where CI=true, and is skipped elsewhere. */
  static Path program() {
    String configured = System.getenv().getOrDefault("MILLRACE_ENVOY", "");
    Path program = Path.of(configured.isEmpty() ? get() : configured);
    Requirement.check(
        Files.isRegularFile(program) && Files.isExecutable(program),
        "Envoy 1.36 or newer, and envoy/get-envoy could not fetch it");
    return program;
  }

  private static synchronized String get() {
    Path script = RunningServer.CHECKOUT.resolve("envoy/get-envoy");
    try {
      Process search =
          new ProcessBuilder(script.toString()).redirectError(Redirect.INHERIT).start();
      return new String(search.getInputStream().readAllBytes(), UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Has {@code serve} run it on a free port. */
  static List<String> options() {
    return List.of("--rest-port", "0", "--envoy", program().toString());
  }
}
