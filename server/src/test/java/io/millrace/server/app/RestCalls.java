package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** What the tests ask by REST, in a line each. */
public final class RestCalls {
  /** For the fixture {@code constant-version-*}. */
  static final String WHICH_VERSION =
      "{\"inputs\":[{\"name\":\"x\",\"dtype\":\"DT_FP32\",\"shape\":[1,2],\"fp32_val\":[1,2]}]}";

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String url;

  public RestCalls(String url) {
    this.url = url;
  }

  Answer get(String path, String... headers) {
    return send(request(path, headers).GET());
  }

  Answer post(String path, String body, String... headers) {
    return post(path, body.getBytes(UTF_8), headers);
  }

  public Answer post(String path, byte[] body, String... headers) {
    return send(request(path, headers).POST(BodyPublishers.ofByteArray(body)));
  }

  CompletableFuture<Answer> postLater(String path, String body, String... headers) {
    HttpRequest request = request(path, headers).POST(BodyPublishers.ofString(body)).build();
    return client.sendAsync(request, BodyHandlers.ofByteArray()).thenApply(Answer::new);
  }

  Answer send(String method, String path, String... headers) {
    return send(request(path, headers).method(method, BodyPublishers.noBody()));
  }

  private HttpRequest.Builder request(String path, String... headers) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(url + path)).timeout(TIMEOUT);
    return headers.length == 0 ? builder : builder.headers(headers);
  }

  private Answer send(HttpRequest.Builder request) {
    try {
      return new Answer(client.send(request.build(), BodyHandlers.ofByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An answer with its body as bytes, which is mostly JSON. */
  public record Answer(HttpResponse<byte[]> response) {
    public int status() {
      return response.statusCode();
    }

    public String text() {
      return new String(response.body(), UTF_8);
    }

    public String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }
}
