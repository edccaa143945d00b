package io.millrace.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Requests that are wrong, each of which must be refused for its reason. Confined to one thread.
 */
final class BadTraffic {
  private static final Duration DEADLINE = Duration.ofMinutes(2);
  private static final int PAUSE_MILLIS = 50;
  private static final int HTTP_BAD_REQUEST = 400;

  private static final PredictRequest GOOD = Workload.LINEAR.request(1);

  private static final List<Bad> BAD =
      List.of(
          new Bad("INVALID_ARGUMENT REQUEST_MALFORMED", ByteString.copyFromUtf8("no message")),
          new Bad("NOT_FOUND MODEL_NOT_FOUND", unknownModel()),
          new Bad("INVALID_ARGUMENT TENSOR_SHAPE_MISMATCH", wrongShape()),
          new Bad("INVALID_ARGUMENT TENSOR_SIZE_MISMATCH", tooFewBytes()),
          new Bad("INVALID_ARGUMENT TENSOR_MISSING", noInput()));

  private final StressServer server;

  /** How often a wrong request ended otherwise, by what was expected and what came. */
  private final Map<String, Long> surprises = new TreeMap<>();

  private long sent;

  BadTraffic(StressServer server) {
    this.server = server;
  }

  /** One wrong request and how it must end. */
  private record Bad(String outcome, ByteString request) {}

  private static ByteString unknownModel() {
    return GOOD.toBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("nowhere"))
        .build()
        .toByteString();
  }

  private static ByteString wrongShape() {
    PredictRequest.Builder request = GOOD.toBuilder();
    request.getInputsBuilder(0).clearShape().addShape(3).addShape(1);
    return request.build().toByteString();
  }

  private static ByteString tooFewBytes() {
    PredictRequest.Builder request = GOOD.toBuilder();
    request.getInputsBuilder(0).setRaw(ByteString.copyFrom(new byte[5]));
    return request.build().toByteString();
  }

  private static ByteString noInput() {
    return GOOD.toBuilder().clearInputs().build().toByteString();
  }

  /** Sends them for so long and gives the surprises. */
  Map<String, Long> run(Duration time) throws IOException, InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    try (PredictCalls calls = new PredictCalls(server.grpc(), 1)) {
      while (System.nanoTime() - end < 0) {
        BAD.forEach(bad -> send(bad, calls));
        sendByRest();
        Thread.sleep(PAUSE_MILLIS * (BAD.size() + 1L));
      }
    }
    return surprises;
  }

  long sent() {
    return sent;
  }

  private void send(Bad bad, PredictCalls calls) {
    CompletableFuture<String> outcome = new CompletableFuture<>();
    calls.open(DEADLINE, (how, answer) -> outcome.complete(how)).send(bad.request().toByteArray());
    note(bad.outcome(), outcome.join());
  }

  private void sendByRest() throws IOException {
    URI uri = URI.create("http://%s/v1/models/linear:predict".formatted(server.rest()));
    URLConnection connection = uri.toURL().openConnection();
    connection.setDoOutput(true);
    connection.getOutputStream().write("{\"instances\": [[1, 2,".getBytes(UTF_8));
    HttpURLConnection http = (HttpURLConnection) connection;
    note("HTTP " + HTTP_BAD_REQUEST, "HTTP " + http.getResponseCode());
    http.getErrorStream().close();
  }

  private void note(String expected, String got) {
    sent++;
    if (!expected.equals(got)) {
      surprises.merge("%s instead of %s".formatted(got, expected), 1L, Long::sum);
    }
  }
}
