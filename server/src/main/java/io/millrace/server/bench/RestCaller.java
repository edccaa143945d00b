package io.millrace.server.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Calls by REST over HTTP/1.1, as many connections as calls are under way. */
final class RestCaller implements Caller {
  private static final Pattern REASON = Pattern.compile("\"reason\"\\s*:\\s*\"([A-Z_]{1,64})\"");
  private static final Pattern ERROR =
      Pattern.compile("\"error\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();
  private final URI path;

  RestCaller(URI path) {
    this.path = path;
  }

  @Override
  public void call(byte[] request, long deadlineNanos, End end) {
    HttpRequest post =
        HttpRequest.newBuilder(path)
            .header("content-type", "application/json")
            .timeout(Duration.ofNanos(deadlineNanos))
            .POST(BodyPublishers.ofByteArray(request))
            .build();
    var unused =
        client
            .sendAsync(post, BodyHandlers.ofByteArray())
            // The request's own limit ends with the headers.
            .orTimeout(deadlineNanos, TimeUnit.NANOSECONDS)
            .whenComplete((response, failure) -> tell(end, response, failure));
  }

  private static void tell(
      End end, @Nullable HttpResponse<byte[]> response, @Nullable Throwable failure) {
    if (response == null) {
      Throwable cause = failure instanceof CompletionException e ? e.getCause() : failure;
      end.failed(reason(cause), String.valueOf(cause));
    } else if (response.statusCode() == 200) {
      end.answered(response.body());
    } else {
      String body = new String(response.body(), UTF_8);
      end.failed(code(response.statusCode(), body), text(body));
    }
  }

  /** What to count an answer under that is none: the code, and the server's reason. */
  static String code(int status, String body) {
    String reason = first(REASON, body);
    return "HTTP " + status + (reason.isEmpty() ? "" : " " + reason);
  }

  /** What an answer that is none says. */
  static String text(String body) {
    String error = first(ERROR, body);
    return error.isEmpty() ? body.strip() : error;
  }

  static String reason(@Nullable Throwable failure) {
    if (failure instanceof HttpTimeoutException || failure instanceof TimeoutException) {
      return "DEADLINE_EXCEEDED";
    }
    if (failure instanceof ConnectException) {
      return "NO_CONNECTION";
    }
    return failure instanceof IOException ? "CONNECTION_LOST" : "FAILED";
  }

  private static String first(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? matcher.group(1) : "";
  }

  /** Nothing to do: the connections go with the object. */
  @Override
  public void close() {}
}
