package io.millrace.server.grpc;

import io.millrace.server.security.SecurityOptions;
import io.netty.util.internal.PlatformDependent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Settings of the gRPC door. Immutable.
 *
 * @param host the address to listen on
 * @param port the port to listen on; 0 lets the system choose one
 * @param maxMessageBytes the largest request, also after decompression, and the largest answer
 * @param maxMemoryBytes what the messages of all calls may take together, while they arrive, are
 *     run and leave
 * @param maxMetadataBytes the largest set of request headers
 * @param maxConcurrentCallsPerConnection calls that one connection may have open at a time
 * @param reflection whether callers may ask for the services and their messages
 * @param serverVersion what ServerMetadata tells as the server's version
 * @param defaultDeadline how long a call may take whose caller names no deadline
 * @param maxDeadline how long a call may take at most, whatever its caller says
 * @param patience how long a call may wait for its caller, beside a second for each MiB of the
 *     request or answer, while memory is short
 * @param security who may do what
 * @param repository the folder of models, which callers may name; empty if they may not
 */
public record GrpcOptions(
    String host,
    int port,
    int maxMessageBytes,
    long maxMemoryBytes,
    int maxMetadataBytes,
    int maxConcurrentCallsPerConnection,
    boolean reflection,
    String serverVersion,
    Duration defaultDeadline,
    Duration maxDeadline,
    Duration patience,
    SecurityOptions security,
    Optional<Path> repository) {
  /** As long as Envoy waits for a caller that does not go on. */
  public static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final int MAX_PORT = 65_535;

  public GrpcOptions {
    requireBetween("port", port, 0, MAX_PORT);
    requireBetween("maxMessageBytes", maxMessageBytes, 1, Integer.MAX_VALUE);
    requireBetween("maxMemoryBytes", maxMemoryBytes, 1, Long.MAX_VALUE);
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

  /** Settings with the default rules of who may do what, and a folder that nobody names. */
  public GrpcOptions(
      String host,
      int port,
      int maxMessageBytes,
      long maxMemoryBytes,
      int maxMetadataBytes,
      int maxConcurrentCallsPerConnection,
      boolean reflection,
      String serverVersion,
      Duration defaultDeadline,
      Duration maxDeadline) {
    this(
        host,
        port,
        maxMessageBytes,
        maxMemoryBytes,
        maxMetadataBytes,
        maxConcurrentCallsPerConnection,
        reflection,
        serverVersion,
        defaultDeadline,
        maxDeadline,
        PATIENCE,
        SecurityOptions.DEFAULTS,
        Optional.empty());
  }

  /**
   * Half of the heap, where messages are parsed, or a third of the direct memory, whichever is
   * less. Direct memory holds messages three times at most: as they come or go, whole, and as the
   * inputs of a model.
   */
  public static long shareOfMemory() {
    return Math.min(Runtime.getRuntime().maxMemory() / 2, PlatformDependent.maxDirectMemory() / 3);
  }

  private static void requireBetween(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s is %d to %d, got %d".formatted(name, least, most, value));
    }
  }
}
