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
                URI.create("http://collector:4317"), false, true, 1, "millrace-envoy"));
  }

  @Test
  void httpProtobuf_hasAPathOfItsOwn() {
    String protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";

    assertThat(with(protocol, "http/protobuf").map(EnvoyTracing::endpoint))
        .contains(URI.create("http://collector:4317/v1/traces"));
    assertThat(
            with(
                    protocol,
                    "http/protobuf",
                    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                    "http://other:1/spans")
                .map(EnvoyTracing::endpoint))
        .contains(URI.create("http://other:1/spans"));
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
}
