package io.millrace.server.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP port for monitoring: {@code /metrics}, {@code /healthz} and {@code /readyz}.
 * Thread-safe.
 *
 * <p>Its threads are few, and a caller who is slow to ask loses the connection, so that monitoring
 * can never take memory or threads from serving.
 */
final class MonitoringServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MonitoringServer.class);

  private static final int THREADS = 4;
  private static final int BACKLOG = 16;

  static {
    // The JDK's server takes its limits from system properties alone.
    limit("sun.net.httpserver.maxReqTime", "10");
    limit("sun.net.httpserver.maxRspTime", "30");
    limit("jdk.httpserver.maxConnections", "64");
  }

  private final HttpServer server;
  private final HttpHandler metrics;
  private final BooleanSupplier ready;
  private final ExecutorService threads;

  private MonitoringServer(HttpServer server, HttpHandler metrics, BooleanSupplier ready) {
    this.server = server;
    this.metrics = metrics;
    this.ready = ready;
    AtomicInteger count = new AtomicInteger();
    this.threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "monitoring-" + count.getAndIncrement());
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Opens the port.
   *
   * @throws BindException if nothing can listen there; the message is for the operator
   */
  static MonitoringServer start(
      TelemetryOptions options, HttpHandler metrics, BooleanSupplier ready) throws IOException {
    String named = options.host() + ":" + options.port();
    InetSocketAddress address = new InetSocketAddress(options.host(), options.port());
    if (address.isUnresolved()) {
      throw new BindException(
          "cannot listen on %s for metrics: the host is unknown".formatted(named));
    }
    HttpServer server;
    try {
      server = HttpServer.create(address, BACKLOG);
    } catch (BindException e) {
      BindException failure =
          new BindException("cannot listen on %s for metrics: %s".formatted(named, e.getMessage()));
      failure.initCause(e);
      throw failure;
    }
    MonitoringServer monitoring = new MonitoringServer(server, metrics, ready);
    server.setExecutor(monitoring.threads);
    server.createContext("/", monitoring::answer);
    server.start();
    return monitoring;
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** The JDK's contexts match by prefix; here a path is one of three or unknown. */
  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      if (!method.equals("GET") && !method.equals("HEAD")) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        json(exchange, 405, "{\"error\":\"only GET and HEAD are allowed here\",\"code\":405}");
        return;
      }
      switch (exchange.getRequestURI().getPath()) {
        case "/metrics" -> metrics.handle(exchange);
        case "/healthz" -> json(exchange, 200, "{\"live\":true}");
        case "/readyz" -> readiness(exchange);
        default ->
            json(
                exchange,
                404,
                "{\"error\":\"no such path; there are /metrics, /healthz and /readyz\","
                    + "\"code\":404}");
      }
    } catch (RuntimeException e) {
      log.error("a request to the port for metrics failed", e);
    }
  }

  private void readiness(HttpExchange exchange) throws IOException {
    boolean now = ready.getAsBoolean();
    json(exchange, now ? 200 : 503, "{\"ready\":%b}".formatted(now));
  }

  private static void json(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = (text + "\n").getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private static void limit(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
