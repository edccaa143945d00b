package io.millrace.server.app;

import io.millrace.server.config.DataSize;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The door for REST: an Envoy before the gRPC port, or none. Confined to the thread that serves,
 * but for {@link #ended()}.
 */
final class RestDoor {
  private static final Logger log = LoggerFactory.getLogger(RestDoor.class);

  private static final String NO_ENVOY =
      "off: there is no Envoy 1.36 or newer; envoy/get-envoy fetches one, --no-envoy hides this";

  private final ServerOptions options;
  private final @Nullable Path program;
  private final @Nullable Path kit;
  private @Nullable EnvoyProcess envoy;
  private String state;

  private RestDoor(ServerOptions options, @Nullable Path program, @Nullable Path kit) {
    this.options = options;
    this.program = program;
    this.kit = kit;
    state = options.envoy().off() ? "" : NO_ENVOY;
  }

  /**
   * Looks for an Envoy and whether its port is free, before anything else is started.
   *
   * @param stop ends a long search
   * @throws IOException if REST is wanted and cannot be served; in words for the operator
   */
  static RestDoor prepare(ServerOptions options, CompletableFuture<Void> stop) throws IOException {
    Path program = EnvoyProgram.find(options.envoy(), System.getenv(), stop).orElse(null);
    if (program != null) {
      requireFree(options.grpc().host(), options.envoy().port());
    }
    return new RestDoor(options, program, kit().orElse(null));
  }

  /**
   * Opens it before a gRPC server that listens already. Where there is no Envoy it stays shut, and
   * {@link #state()} says so.
   */
  void open(int grpcPort) throws IOException {
    if (program == null || kit == null) {
      return;
    }
    String host = options.grpc().host();
    Optional<EnvoyTracing> tracing = EnvoyTracing.from(System.getenv());
    if (tracing.filter(EnvoyTracing::tearsTraces).isPresent()) {
      log.warn("OTEL_TRACES_SAMPLER: with parentbased_traceidratio calls by REST are whole traces");
    }
    EnvoyBootstrap bootstrap =
        new EnvoyBootstrap(
            EnvoyBootstrap.numeric(host),
            options.envoy().port(),
            EnvoyBootstrap.connectable(host),
            grpcPort,
            new DataSize(options.grpc().maxMessageBytes()),
            AdminDoors.of(options.grpc()),
            tracing);
    envoy = EnvoyProcess.start(program, kit, bootstrap);
    state = url(EnvoyBootstrap.connectable(host), envoy.port());
  }

  /** The folder {@code envoy} beside the folder of our jar; nothing where classes run unpacked. */
  private static Optional<Path> kit() throws IOException {
    try {
      URI jar = RestDoor.class.getProtectionDomain().getCodeSource().getLocation().toURI();
      Path kit = Path.of(jar).resolveSibling("../envoy").normalize();
      return Files.isRegularFile(kit.resolve("millrace.pb")) ? Optional.of(kit) : Optional.empty();
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  /** Envoy would say it as well, in more words and after a second. */
  private static void requireFree(String host, int port) throws IOException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getByName(host), port));
    } catch (IOException e) {
      throw new IOException(
          ("cannot listen on %s:%d: %s;"
                  + " choose another with --rest-port, or serve gRPC alone with --no-envoy")
              .formatted(host, port, e.getMessage()),
          e);
    }
  }

  private static String url(String host, int port) {
    return "http://%s:%d".formatted(host.contains(":") ? "[" + host + "]" : host, port);
  }

  /** Where it is, or why there is none; empty if none was wanted. */
  String state() {
    return state;
  }

  /** Whether REST is served. */
  boolean isOpen() {
    return envoy != null;
  }

  /** Ends with Envoy and gives its exit code; never ends where there is none. */
  CompletableFuture<Integer> ended() {
    return envoy == null ? new CompletableFuture<>() : envoy.ended();
  }

  /** Before the server drains: clients are asked to go. */
  void announceEnd() {
    if (envoy != null) {
      envoy.announceEnd();
    }
  }

  /** After the server has drained. */
  void close() {
    if (envoy != null) {
      envoy.stop();
    }
  }
}
