package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.MetadataUtils;
import io.millrace.server.app.OtlpReceiver.Received;
import io.millrace.v1.PredictionServiceGrpc;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The packaged server, watched by a collector of traces, by Prometheus and by its log. */
final class TelemetryIT {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "b7ad6b7169203331";

  /** The text format: a comment, or a name, labels and a number. */
  private static final Pattern SAMPLE =
      Pattern.compile(
          "# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .*"
              + "|[a-zA-Z_:][a-zA-Z0-9_:]*"
              + "(\\{([a-zA-Z_][a-zA-Z0-9_]*=\"([^\"\\\\]|\\\\[\\\\\"n])*\",?)*\\})?"
              + " (NaN|[+-]Inf|[-+]?[0-9.]+(E-?[0-9]+)?)");

  @TempDir private Path temp;
  private Path repository;

  @BeforeEach
  void prepare() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
  }

  private static HttpResponse<String> get(String uri) {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create(uri)).build(),
              HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void predictTraced(ManagedChannel channel) {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER),
        "00-%s-%s-01".formatted(TRACE, PARENT));
    var unused =
        PredictionServiceGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
            .predict(Calls.whichVersion("tiny"));
  }

  @Test
  void aPrediction_isOneTrace_andALoadOneOfItsOwn() throws Exception {
    try (OtlpReceiver receiver = new OtlpReceiver();
        RunningServer server =
            RunningServer.launch(
                Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint()), repository)) {
      server.awaitReady();
      ManagedChannel channel = server.channel();
      predictTraced(channel);
      Calls.await("the trace to be complete", () -> receiver.ofTrace(TRACE).size() == 3);

      Map<String, Span> spans =
          receiver.ofTrace(TRACE).stream()
              .collect(Collectors.toMap(Received::name, Received::span));
      Span call =
          spans.getOrDefault("millrace.v1.PredictionService/Predict", Span.getDefaultInstance());
      assertThat(receiver.ofTrace(TRACE))
          .filteredOn(received -> received.span().equals(call))
          .extracting(Received::parentId)
          .containsExactly(PARENT);
      assertThat(call.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
      for (String phase : List.of("queue", "execute")) {
        Span child = spans.getOrDefault(phase, Span.getDefaultInstance());
        assertThat(child.getParentSpanId()).as(phase).isEqualTo(call.getSpanId());
        assertThat(child.getStartTimeUnixNano())
            .isGreaterThanOrEqualTo(call.getStartTimeUnixNano());
        assertThat(child.getEndTimeUnixNano()).isLessThanOrEqualTo(call.getEndTimeUnixNano());
      }

      for (int i = 0; i < 5; i++) {
        var unused =
            HealthGrpc.newBlockingStub(channel).check(HealthCheckRequest.getDefaultInstance());
      }
      server.terminate();
      assertThat(server.awaitExit()).isZero();
      assertThat(receiver.spans).extracting(Received::name).contains("load model");
      assertThat(receiver.spans)
          .extracting(Received::name)
          .noneMatch(name -> name.startsWith("grpc."));
      assertThat(receiver.metrics).contains("millrace.inference.requests", "jvm.memory.used");
    }
  }

  @Test
  void prometheus_canReadWhatItFinds_andLabelsStayFew() {
    try (RunningServer server = RunningServer.start(repository)) {
      ManagedChannel channel = server.channel();
      var unused = Calls.predict(channel, Calls.whichVersion("tiny"));
      for (int i = 0; i < 1_000; i++) {
        refused(channel, "unknown-" + i);
      }
      Calls.await(
          "the metrics",
          () ->
              metrics(server)
                  .contains(
                      "_unknown\",model_version=\"_unknown\",reason=\"MODEL_NOT_FOUND\"} 1000.0"));

      String text = metrics(server);
      assertThat(text.lines()).allSatisfy(line -> assertThat(line).matches(SAMPLE));
      Set<String> models =
          Pattern.compile("model_name=\"([^\"]*)\"")
              .matcher(text)
              .results()
              .map(match -> match.group(1))
              .collect(Collectors.toSet());
      assertThat(models).containsExactlyInAnyOrder("tiny", "_unknown");
      assertThat(text)
          .contains("millrace_inference_request_duration_seconds_bucket{")
          .contains("le=\"1.0E-4\"")
          .contains(
              "millrace_inference_requests_total{model_name=\"tiny\",model_version=\"1\"} 1.0")
          .contains("millrace_model_load_duration_seconds_count{")
          .contains("millrace_model_state{")
          .contains("millrace_inference_pending{");
      assertThat(get(server.monitoring() + "/healthz").statusCode()).isEqualTo(200);
      assertThat(get(server.monitoring() + "/readyz").statusCode()).isEqualTo(200);
    }
  }

  private static String metrics(RunningServer server) {
    return get(server.monitoring() + "/metrics").body();
  }

  private static void refused(ManagedChannel channel, String model) {
    try {
      var unused = Calls.predict(channel, Calls.whichVersion(model));
      throw new AssertionError("answered");
    } catch (StatusRuntimeException expected) {
      assertThat(expected.getStatus().getDescription()).contains(model.substring(0, 6));
    }
  }

  @Test
  void readiness_goesBeforeTheServerDoes() {
    try (RunningServer server = RunningServer.start(repository, "--drain-delay", "3s")) {
      assertThat(get(server.monitoring() + "/readyz").statusCode()).isEqualTo(200);
      server.terminate();
      Calls.await("draining", () -> get(server.monitoring() + "/readyz").statusCode() == 503);
      assertThat(get(server.monitoring() + "/healthz").statusCode()).isEqualTo(200);
      var unused = Calls.predict(server.channel(), Calls.whichVersion("tiny"));
      assertThat(server.awaitExit()).isZero();
    }
  }

  @Test
  void eachCallHasALine_whereTheAccessLogIsOn() {
    try (RunningServer server =
        RunningServer.start(repository, "--access-log", "json", "--log-format", "json")) {
      predictTraced(server.channel());
      refused(server.channel(), "nothing");
      Calls.await("the lines", () -> server.log().contains("\"message\":\"call failed\""));

      assertThat(server.log().lines())
          .allSatisfy(line -> assertThat(line).startsWith("{\"time\":"));
      assertThat(server.log().lines().filter(line -> line.contains("millrace.access")))
          .hasSize(2)
          .first()
          .asString()
          .contains("\"model\":\"tiny\"", "\"version\":\"1\"", "\"code\":\"OK\"", "\"rows\":1")
          .contains("\"trace_id\":\"" + TRACE + "\"");
      assertThat(server.log()).contains("\"model\":\"nothing\"", "\"reason\":\"MODEL_NOT_FOUND\"");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "json"})
  void whatCallersWrite_makesNoLineLongOrTwo(String format) {
    String hostile = "a.B\"=x 12:00:00.000 ERROR - {}\\n%n/" + "x".repeat(12_000);
    try (RunningServer server =
        RunningServer.start(repository, "--access-log", format, "--log-format", format)) {
      refused(server.channel(), "forged\r\n12:00:00.000 ERROR\u001b[31m\u2028" + "y".repeat(9_000));
      assertThatThrownBy(() -> callMethod(server.channel(), hostile))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessageContaining("UNIMPLEMENTED");
      Calls.await("the lines", () -> server.log().contains("UNSUPPORTED_OPERATION"));
      server.terminate();
      assertThat(server.awaitExit()).isZero();

      String start =
          format.equals("json") ? "\\{\"time\":.*\\}" : "\\d\\d:\\d\\d:\\d\\d\\.\\d{3} [A-Z]+ .*";
      assertThat(server.log().lines())
          .allSatisfy(line -> assertThat(line).matches(start).hasSizeLessThan(4_000))
          .filteredOn(line -> line.contains("a.B") || line.contains("forged"))
          .as("the method in both logs, the model in that of failures")
          .hasSize(3)
          .noneMatch(line -> line.contains("\u001b") || line.contains("\u2028"));
    }
  }

  private static void callMethod(ManagedChannel channel, String name) {
    var unused = Calls.unary(channel, name, new byte[0]);
  }
}
