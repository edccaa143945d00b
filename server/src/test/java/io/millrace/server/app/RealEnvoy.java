package io.millrace.server.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The Envoy that the tests run: MILLRACE_ENVOY, else what {@code envoy/get-envoy} gets. */
final class RealEnvoy {
  private RealEnvoy() {}

  /** Without one the test fails where CI=true, and is skipped elsewhere. */
  static Path program() {
    String configured = System.getenv().getOrDefault("MILLRACE_ENVOY", "");
    Path program =
        Path.of(configured.isEmpty() ? FetchedProgram.where("envoy/get-envoy") : configured);
    Requirement.check(
        Files.isRegularFile(program) && Files.isExecutable(program),
        "Envoy 1.36 or newer, and envoy/get-envoy could not fetch it");
    return program;
  }

  /** Has {@code serve} run it on a free port. */
  static List<String> options() {
    return List.of("--rest-port", "0", "--envoy", program().toString());
  }
}
