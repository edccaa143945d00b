package io.millrace.server.grpc;

import java.time.Duration;

/**
 * Settings of the gRPC door. Immutable.
 *
 * @param host the address to listen on
 * @param port the port to listen on; 0 lets the system choose one
 * @param maxMessageBytes the largest request, also after decompression, and the largest answer
 * @param maxMetadataBytes the largest set of request headers
 * @param maxConcurrentCallsPerConnection calls that one connection may have open at a time
 * @param reflection whether callers may ask for the services and their messages
 * @param serverVersion what ServerMetadata tells as the server's version
 * @param defaultDeadline how long a call may take whose caller names no deadline
 * @param maxDeadline how long a call may take at most, whatever its caller says
 */
public record GrpcOptions(
    String host,
    int port,
    int maxMessageBytes,
    int maxMetadataBytes,
    int maxConcurrentCallsPerConnection,
    boolean reflection,
    String serverVersion,
    Duration defaultDeadline,
    Duration maxDeadline) {
  private static final int MAX_PORT = 65_535;

  public GrpcOptions {
    requireBetween("port", port, 0, MAX_PORT);
    requireBetween("maxMessageBytes", maxMessageBytes, 1, Integer.MAX_VALUE);
    requireBetween("maxMetadataBytes", maxMetadataBytes, 1, Integer.MAX_VALUE);
    requireBetween(
        "maxConcurrentCallsPerConnection", maxConcurrentCallsPerConnection, 1, Integer.MAX_VALUE);
    if (defaultDeadline.isZero()
        || defaultDeadline.isNegative()
        || defaultDeadline.compareTo(maxDeadline) > 0) {
      throw new IllegalArgumentException(
          "the default deadline is above 0 and at most the longest, %s, got %s"
              .formatted(maxDeadline, defaultDeadline));
    }
  }

  private static void requireBetween(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s is %d to %d, got %d".formatted(name, least, most, value));
    }
  }
}
