package io.millrace.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class TelemetryTest {
  private final HttpClient client = HttpClient.newHttpClient();
  private Telemetry telemetry;

  @BeforeEach
  void start() throws IOException {
    telemetry = Telemetry.start(new TelemetryOptions("127.0.0.1", 0, "1.2.3"));
  }

  @AfterEach
  void stop() {
    telemetry.close();
  }

  private HttpResponse<String> send(String method, String path, String... headers) {
    URI uri = URI.create("http://127.0.0.1:%d%s".formatted(telemetry.port(), path));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aCounter_isShownToPrometheus() {
    telemetry
        .openTelemetry()
        .getMeter("test")
        .counterBuilder("millrace.test")
        .build()
        .add(3, Attributes.of(AttributeKey.stringKey("model.name"), "iris"));

    HttpResponse<String> text = send("GET", "/metrics");
    assertThat(text.statusCode()).isEqualTo(200);
    assertThat(text.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
    assertThat(text.body())
        .contains("millrace_test_total{model_name=\"iris\"} 3.0")
        .contains("jvm_memory_used_bytes{")
        .contains("jvm_buffer_memory_used_bytes{jvm_buffer_pool_name=\"direct\"} ")
        .containsPattern("jvm_file_descriptor_count [1-9]")
        .contains("service_name=\"millrace\"")
        .contains("service_version=\"1.2.3\"")
        .doesNotContain("otel_scope");
  }

  @Test
  void withoutAnExporter_noSpanIsMade() {
    assertThat(span(telemetry).isRecording()).isFalse();
    assertThat(span(telemetry).getSpanContext().isValid()).isFalse();
  }

  @Test
  void withAnExporter_spansAreMade() throws IOException {
    String endpoint = "otel.exporter.otlp.traces.endpoint";
    System.setProperty(endpoint, "http://127.0.0.1:1");
    try (Telemetry traced = Telemetry.start(new TelemetryOptions("127.0.0.1", 0, "1"))) {
      assertThat(span(traced).isRecording()).isTrue();
    } finally {
      System.clearProperty(endpoint);
    }
  }

  private static Span span(Telemetry telemetry) {
    return telemetry.openTelemetry().getTracer("test").spanBuilder("test").startSpan();
  }

  @Test
  void openMetrics_isSpokenToThoseWhoAsk() {
    HttpResponse<String> text =
        send("GET", "/metrics", "Accept", "application/openmetrics-text; version=1.0.0");

    assertThat(text.headers().firstValue("Content-Type").orElse(""))
        .startsWith("application/openmetrics-text");
    assertThat(text.body()).endsWith("# EOF\n");
  }

  @Test
  void liveness_isGivenWhileTheProcessLives_readinessWhenItIsReady() {
    AtomicBoolean ready = new AtomicBoolean();

    assertThat(send("GET", "/healthz").statusCode()).isEqualTo(200);
    assertThat(send("GET", "/readyz").statusCode()).as("before anybody said").isEqualTo(503);

    telemetry.readyWhen(ready::get);
    assertThat(send("GET", "/readyz").statusCode()).isEqualTo(503);
    ready.set(true);
    assertThat(send("GET", "/readyz").body()).isEqualTo("{\"ready\":true}\n");
    assertThat(send("HEAD", "/readyz").statusCode()).isEqualTo(200);
    ready.set(false);
    assertThat(send("GET", "/readyz").body()).isEqualTo("{\"ready\":false}\n");
  }

  @Test
  void anythingElse_isRefusedInJson() {
    for (String path : new String[] {"/", "/metrics/", "/metricsx", "/-/healthy", "/%0aX"}) {
      HttpResponse<String> refused = send("GET", path);
      assertThat(refused.statusCode()).as(path).isEqualTo(404);
      assertThat(refused.headers().firstValue("Content-Type")).contains("application/json");
      assertThat(refused.body()).startsWith("{\"error\":");
    }
    assertThat(send("POST", "/metrics").statusCode()).isEqualTo(405);
    assertThat(send("GET", "/metrics").statusCode()).as("it serves on").isEqualTo(200);
  }

  @Test
  void aPortInUse_isToldInOneLine() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      TelemetryOptions options = new TelemetryOptions("127.0.0.1", taken.getLocalPort(), "1");
      assertThatThrownBy(() -> Telemetry.start(options))
          .isInstanceOf(BindException.class)
          .hasMessageContaining("cannot listen on 127.0.0.1:" + taken.getLocalPort());
    }
  }
}
