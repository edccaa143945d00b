package io.millrace.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Callers of {@link StampedModel}, most of them by gRPC and some by REST through Envoy. */
final class PacedCallers implements AutoCloseable {
  private static final int BY_GRPC = 16;
  private static final int BY_REST = 4;

  private static final Pattern NUMBER = Pattern.compile("\\[\\s*\\[\\s*([0-9.eE+]+)\\s*]\\s*]");

  private final StampedClient grpc;
  private final HttpRequest rest;
  private final HttpClient http = HttpClient.newHttpClient();
  private final LiveVersions live;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicBoolean calling = new AtomicBoolean();

  PacedCallers(StressServer server, LiveVersions live) {
    this.live = live;
    grpc = new StampedClient(server);
    URI predict =
        URI.create("http://%s/v1/models/%s:predict".formatted(server.rest(), StampedModel.NAME));
    rest =
        HttpRequest.newBuilder(predict)
            .timeout(StampedClient.DEADLINE)
            .POST(HttpRequest.BodyPublishers.ofString("{\"instances\": [[0, 0, 0]]}"))
            .build();
  }

  /** Has all of them call, so many times a second together. */
  PacedCaller.Tally start(double perSecond) {
    PacedCaller.Tally tally = new PacedCaller.Tally();
    int callers = BY_GRPC + BY_REST;
    Duration period = Duration.ofNanos((long) (callers * 1e9 / perSecond));
    calling.set(true);
    for (int i = 0; i < callers; i++) {
      PacedCaller caller = new PacedCaller(i < BY_GRPC ? grpc::version : this::byRest, live, tally);
      long first = System.nanoTime() + period.toNanos() * i / callers;
      Thread thread = new Thread(() -> caller.run(period, first, calling::get), "caller-" + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    return tally;
  }

  /** Waits until the calls that are under way have ended. */
  void stop() throws InterruptedException {
    calling.set(false);
    for (Thread thread : threads) {
      thread.join();
    }
    threads.clear();
  }

  private double byRest() throws IOException, InterruptedException {
    HttpResponse<String> response = http.send(rest, HttpResponse.BodyHandlers.ofString(UTF_8));
    Matcher number = NUMBER.matcher(response.body());
    if (response.statusCode() != 200 || !number.find()) {
      throw new IOException("HTTP %d: %s".formatted(response.statusCode(), response.body()));
    }
    return Double.parseDouble(number.group(1));
  }

  /** Does not wait for calls that are under way. */
  @Override
  public void close() {
    calling.set(false);
    grpc.close();
  }
}
