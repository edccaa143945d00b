package io.millrace.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks a server by REST, through Envoy, for {@link StampedModel}. Thread-safe. */
final class StampedRest implements PacedCaller.Ask {
  private static final Pattern NUMBER = Pattern.compile("\\[\\s*\\[\\s*([0-9.eE+]+)\\s*]\\s*]");

  private final HttpClient http = HttpClient.newHttpClient();
  private final HttpRequest request;

  StampedRest(StressServer server) {
    URI predict =
        URI.create("http://%s/v1/models/%s:predict".formatted(server.rest(), StampedModel.NAME));
    request =
        HttpRequest.newBuilder(predict)
            .timeout(StampedClient.DEADLINE)
            .POST(HttpRequest.BodyPublishers.ofString("{\"instances\": [[0, 0, 0]]}"))
            .build();
  }

  /** The version that answers, by its own word. */
  @Override
  public double version() throws IOException, InterruptedException {
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString(UTF_8));
    Matcher number = NUMBER.matcher(response.body());
    if (response.statusCode() != 200 || !number.find()) {
      throw new IOException("HTTP %d: %s".formatted(response.statusCode(), response.body()));
    }
    return Double.parseDouble(number.group(1));
  }
}
