package io.millrace.benchmarks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Millrace that traces one call in a hundred, and a receiver that throws the spans away. */
final class TracedServer implements AutoCloseable {
  private final HttpServer receiver;
  private final AtomicLong received;
  private final ServerProcess process;
  private final String address;

  private TracedServer(HttpServer receiver, AtomicLong received, ServerProcess process)
      throws IOException {
    this.receiver = receiver;
    this.received = received;
    this.process = process;
    this.address = process.await("gRPC");
    String unused = process.await("Ready");
    process.ignoreOutput();
  }

  /** Starts both and waits until the server serves. */
  static TracedServer start(String cores, List<String> command) throws IOException {
    AtomicLong received = new AtomicLong();
    HttpServer receiver =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext("/", exchange -> take(exchange, received));
    receiver.start();
    try {
      ServerProcess.Surroundings surroundings =
          new ServerProcess.Surroundings(
              variables(receiver.getAddress().getPort()), ProcessBuilder.Redirect.INHERIT);
      return new TracedServer(
          receiver,
          received,
          ServerProcess.start("Millrace with tracing", cores, command, surroundings));
    } catch (IOException | RuntimeException e) {
      receiver.stop(0);
      throw e;
    }
  }

  private static void take(HttpExchange exchange, AtomicLong received) throws IOException {
    try (exchange;
        InputStream body = exchange.getRequestBody()) {
      received.addAndGet(body.transferTo(OutputStream.nullOutputStream()));
      exchange.sendResponseHeaders(200, -1);
    }
  }

  private static Map<String, String> variables(int port) {
    return Map.of(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "http://127.0.0.1:" + port,
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "http/protobuf",
        "OTEL_METRICS_EXPORTER",
        "none",
        "OTEL_TRACES_SAMPLER",
        "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG",
        "0.01");
  }

  ServerProcess process() {
    return process;
  }

  String address() {
    return address;
  }

  /**
   * To be asked after thousands of calls.
   *
   * @throws IOException if no span came, so that the figures say nothing
   */
  void requireSpans() throws IOException {
    if (received.get() == 0) {
      throw new IOException("the server that should trace calls has sent no span");
    }
  }

  @Override
  public void close() {
    process.close();
    receiver.stop(0);
  }
}
