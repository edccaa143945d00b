package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.MetadataUtils;
import io.millrace.server.app.OtlpReceiver.Received;
import io.millrace.v1.PredictionServiceGrpc;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One trace across the real Envoy and the server, as a collector receives it. */
final class TracesThroughEnvoyIT {
  private static final String ROWS = "{\"instances\":[[1.0,2.0]]}";
  private static final String PREDICT = "/v1/models/tiny:predict";
  private static final String CALLER = "b7ad6b7169203331";

  /** Envoy's span, the server's, and those of its phases. */
  private static final int WHOLE = 4;

  @TempDir private Path temp;
  private OtlpReceiver receiver;
  private @Nullable RunningServer started;
  private int traces;

  @BeforeEach
  void listen() throws IOException {
    receiver = new OtlpReceiver();
  }

  @AfterEach
  void close() {
    if (started != null) {
      started.close();
    }
    receiver.close();
  }

  private RunningServer server() {
    return Objects.requireNonNull(started);
  }

  private void start(String protocol, Map<String, String> more) {
    Map<String, String> environment = new HashMap<>(more);
    environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint(protocol));
    environment.put("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    started = RunningServer.launchWithEnvoy(environment, repository).awaitReady();
  }

  private String newTrace() {
    traces++;
    return "0af7651916cd43dd8448eb211c80%04x".formatted(traces);
  }

  private static String traceparent(String trace, boolean sampled) {
    return "00-%s-%s-%s".formatted(trace, CALLER, sampled ? "01" : "00");
  }

  private void rest(String... headers) {
    assertThat(new RestCalls(server().restUrl()).post(PREDICT, ROWS, headers).status())
        .isEqualTo(200);
  }

  private String restTraced(boolean sampled) {
    String trace = newTrace();
    rest("traceparent", traceparent(trace, sampled));
    return trace;
  }

  private String grpcTraced(ManagedChannel channel, boolean sampled) {
    String trace = newTrace();
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER),
        traceparent(trace, sampled));
    var unused =
        PredictionServiceGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
            .predict(Calls.whichVersion("tiny"));
    return trace;
  }

  private List<Received> await(String trace, int spans) {
    Calls.await("trace " + trace, () -> receiver.ofTrace(trace).size() >= spans);
    return receiver.ofTrace(trace);
  }

  /** Both processes send what they have before they end. */
  private List<Received> afterTheEnd() {
    server().terminate();
    assertThat(server().awaitExit()).isZero();
    return receiver.spans.stream()
        .filter(span -> !span.name().matches("load model|wait|load and.*"))
        .toList();
  }

  private static Received only(List<Received> spans, String service, SpanKind kind) {
    return spans.stream()
        .filter(each -> each.service().equals(service) && each.span().getKind() == kind)
        .reduce(
            (one, other) -> {
              throw new AssertionError("two of " + service);
            })
        .orElseThrow();
  }

  private static void assertWhole(List<Received> trace, String parent, String method) {
    assertThat(trace).hasSize(WHOLE);
    Received envoy = only(trace, "millrace-envoy", SpanKind.SPAN_KIND_SERVER);
    Received call = only(trace, "millrace", SpanKind.SPAN_KIND_SERVER);
    assertThat(envoy.parentId()).isEqualTo(parent);
    assertThat(call.parentId()).isEqualTo(envoy.spanId());
    assertThat(call.name()).isEqualTo(method);
    assertThat(trace)
        .filteredOn(span -> span.span().getKind() == SpanKind.SPAN_KIND_INTERNAL)
        .allSatisfy(phase -> assertThat(phase.parentId()).isEqualTo(call.spanId()))
        .extracting(Received::name)
        .containsExactlyInAnyOrder("queue", "execute");
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpc", "http/protobuf"})
  void aCall_isOneTraceAcrossBoth_andGoesOnFromTheCallers(String protocol) {
    start(protocol, Map.of("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20secret"));
    rest();
    Calls.await("a trace", () -> receiver.spans.stream().anyMatch(s -> s.name().equals("execute")));
    String own =
        receiver.spans.stream()
            .filter(span -> span.name().equals("execute"))
            .map(Received::traceId)
            .findFirst()
            .orElseThrow();
    assertWhole(await(own, WHOLE), "", "millrace.v1.RestService/Predict");
    assertWhole(await(restTraced(true), WHOLE), CALLER, "millrace.v1.RestService/Predict");
    String throughEnvoy = grpcTraced(server().channelThroughEnvoy(), true);
    assertWhole(await(throughEnvoy, WHOLE), CALLER, "millrace.v1.PredictionService/Predict");
    assertThat(await(grpcTraced(server().channel(), true), WHOLE - 1)).hasSize(WHOLE - 1);
    assertThat(receiver.authorizations).containsOnly("Bearer secret");
  }

  @Test
  void callsThatAreNotSampled_andHealthChecks_makeNoTrace() {
    start("grpc", Map.of());
    restTraced(false);
    grpcTraced(server().channelThroughEnvoy(), false);
    grpcTraced(server().channel(), false);
    askForHealth();
    String last = restTraced(true);
    await(last, WHOLE);

    assertThat(afterTheEnd()).extracting(Received::traceId).containsOnly(last);
  }

  private void askForHealth() {
    RestCalls rest = new RestCalls(server().restUrl());
    for (String path : List.of("/v2/health/live", "/v2/health/ready")) {
      assertThat(rest.get(path).status()).isEqualTo(200);
      String sampled = traceparent(newTrace(), true);
      assertThat(rest.get(path, "traceparent", sampled).status()).isEqualTo(200);
    }
    for (ManagedChannel channel : List.of(server().channel(), server().channelThroughEnvoy())) {
      var unused =
          HealthGrpc.newBlockingStub(channel).check(HealthCheckRequest.getDefaultInstance());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "always_on, true, true, true",
    "always_off, false, false, false",
    "parentbased_always_off, false, true, false"
  })
  void theSampler_isTheSameInBoth(
      String sampler, boolean withoutParent, boolean sampled, boolean notSampled) {
    start("grpc", Map.of("OTEL_TRACES_SAMPLER", sampler, "OTEL_TRACES_SAMPLER_ARG", "1.0"));
    rest();
    Map<String, Boolean> expected = new HashMap<>();
    expected.put(restTraced(true), sampled);
    expected.put(restTraced(false), notSampled);
    expected.forEach((trace, traced) -> await(trace, traced ? WHOLE : 0));
    if (withoutParent) {
      Calls.await("three traces", () -> receiver.spans.size() >= 3 * WHOLE);
    }

    Map<String, List<Received>> found =
        afterTheEnd().stream().collect(Collectors.groupingBy(Received::traceId));
    assertThat(found.values()).allSatisfy(trace -> assertThat(trace).hasSize(WHOLE));
    expected.forEach((trace, traced) -> assertThat(found.containsKey(trace)).isEqualTo(traced));
    expected.keySet().forEach(found::remove);
    assertThat(found).hasSize(withoutParent ? 1 : 0);
  }

  @Test
  void aShareOfCalls_isTracedInBothOrInNeither() {
    start(
        "http/protobuf",
        Map.of(
            "OTEL_TRACES_SAMPLER", "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG", "0.5"));
    int calls = 60;
    for (int i = 0; i < calls; i++) {
      rest();
    }
    await(restTraced(true), WHOLE);

    Map<String, List<Received>> found =
        afterTheEnd().stream().collect(Collectors.groupingBy(Received::traceId));
    assertThat(found.values()).allSatisfy(trace -> assertThat(trace).hasSize(WHOLE));
    assertThat(found).hasSizeBetween(2, calls);
  }
}
