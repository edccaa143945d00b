package io.millrace.server.app;

import io.millrace.server.config.ConfigReader;
import io.millrace.server.config.ValueRule;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whether REST is served, and by which Envoy.
 *
 * @param off gRPC alone is wanted
 * @param program the Envoy to run; without one, {@link EnvoyProgram} looks for it
 * @param port the port to listen on; 0 lets the system choose one
 */
record EnvoyOptions(boolean off, Optional<Path> program, int port) {
  private static final int MAX_PORT = 65_535;

  static EnvoyOptions from(ConfigReader reader) {
    return new EnvoyOptions(
        reader.bool("no-envoy", false),
        reader.value("envoy", ValueRule.path()),
        reader.integer("rest-port", 8000, 0, MAX_PORT));
  }
}
