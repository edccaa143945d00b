package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EnvoyTracingTest {
  private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";

  private static Optional<EnvoyTracing> with(String... more) {
    Map<String, String> environment = new HashMap<>(Map.of(ENDPOINT, "http://collector:4317"));
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return EnvoyTracing.from(environment);
  }

  private static Optional<OtlpTarget> target(String... more) {
    return with(more).map(EnvoyTracing::target);
  }

  private static String inserts(String... more) {
    return with(more).orElseThrow().inserts().values().toString();
  }

  @Test
  void withoutAnEndpoint_orWithTracesSwitchedOff_thereIsNone() {
    assertThat(EnvoyTracing.from(Map.of())).isEmpty();
    assertThat(with(ENDPOINT, "")).isEmpty();
    assertThat(with("OTEL_SDK_DISABLED", "true")).isEmpty();
    assertThat(with("OTEL_TRACES_EXPORTER", "none")).isEmpty();
  }

  @Test
  void byDefault_everyCallGoesByGrpc_andTheCallerDecidesFirst() {
    assertThat(with())
        .contains(
            new EnvoyTracing(
                new OtlpTarget(
                    URI.create("http://collector:4317"), false, Map.of(), Optional.empty()),
                true,
                1,
                "millrace-envoy"));
  }

  @Test
  void httpProtobuf_hasAPathOfItsOwn() {
    String protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    String own = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

    assertThat(target(protocol, "http/protobuf").map(OtlpTarget::endpoint))
        .contains(URI.create("http://collector:4317/v1/traces"));
    assertThat(
            target(protocol, "http/protobuf", own, "http://other:1/spans")
                .map(OtlpTarget::endpoint))
        .contains(URI.create("http://other:1/spans"));
  }

  @Test
  void anExporterWithoutAnEndpoint_goesToTheUsualOne() {
    Map<String, String> exporter = Map.of("OTEL_TRACES_EXPORTER", "otlp");

    assertThat(EnvoyTracing.from(exporter).map(tracing -> tracing.target().endpoint()))
        .contains(URI.create("http://localhost:4317"));
  }

  @Test
  void headers_areDecoded_andHoldNoVariablesOfEnvoys() {
    String[] headers = {"OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%25b , authorization=Basic%20x=="};

    assertThat(target(headers).map(OtlpTarget::headers))
        .contains(Map.of("api-key", "a%b", "authorization", "Basic x=="));
    assertThat(inserts(headers)).contains("{ key: \"api-key\", value: \"a%%b\" }");
  }

  @Test
  void aSecureReceiver_isCheckedByItsCertificate() {
    String text =
        inserts(ENDPOINT, "https://collector", "OTEL_EXPORTER_OTLP_CERTIFICATE", "/etc/own.pem");

    assertThat(text)
        .contains("port_value: 443", "trusted_ca: { filename: \"/etc/own.pem\" }")
        .contains("sni: \"collector\", auto_sni_san_validation: true");
    assertThat(inserts(ENDPOINT, "https://collector")).contains("trusted_ca: { filename: \"/etc/");
  }

  @Test
  void spans_leaveWithinASecond() {
    assertThat(inserts()).contains("flush_interval_ms: 200,", "min_flush_spans: 1 ");
  }

  @ParameterizedTest
  @CsvSource({
    "always_on, 1, false, 1",
    "always_off, 1, false, 0",
    "traceidratio, 0.25, false, 0.25",
    "parentbased_always_off, 1, true, 0",
    "parentbased_traceidratio, 0.5, true, 0.5"
  })
  void samplers_areThoseOfTheServer(
      String sampler, String argument, boolean parentBased, double ratio) {
    assertThat(with("OTEL_TRACES_SAMPLER", sampler, "OTEL_TRACES_SAMPLER_ARG", argument))
        .hasValueSatisfying(
            tracing -> {
              assertThat(tracing.parentBased()).isEqualTo(parentBased);
              assertThat(tracing.ratio()).isEqualTo(ratio);
            });
  }

  @ParameterizedTest
  @CsvSource({
    "traceidratio, 0.5, true",
    "traceidratio, 1, false",
    "parentbased_traceidratio, 0.5, false",
    "always_on, 0.5, false"
  })
  void aShareThatNoParentDecides_tearsTraces(String sampler, String argument, boolean torn) {
    assertThat(with("OTEL_TRACES_SAMPLER", sampler, "OTEL_TRACES_SAMPLER_ARG", argument))
        .hasValueSatisfying(tracing -> assertThat(tracing.tearsTraces()).isEqualTo(torn));
  }
}
