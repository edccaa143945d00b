package io.millrace.server.telemetry;

/**
 * Settings of what the server tells about itself; the rest are the standard variables {@code
 * OTEL_*}.
 *
 * @param host the address of the port for monitoring
 * @param port the port for monitoring; 0 lets the system choose one
 * @param serviceVersion what the resource names as {@code service.version}
 */
public record TelemetryOptions(String host, int port, String serviceVersion) {
  private static final int MAX_PORT = 65_535;

  public TelemetryOptions {
    if (port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException("a port is 0 to %d, got %d".formatted(MAX_PORT, port));
    }
  }
}
