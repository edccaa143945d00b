package io.millrace.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ExporterDefaultsTest {
  private static Map<String, String> with(Map<String, String> settings) {
    return ExporterDefaults.of(name -> settings.getOrDefault(name, ""));
  }

  @Test
  void withoutAnEndpoint_nothingIsExported() {
    assertThat(with(Map.of()))
        .containsEntry("otel.traces.exporter", "none")
        .containsEntry("otel.metrics.exporter", "none")
        .containsEntry("otel.logs.exporter", "none")
        .containsEntry("otel.service.name", "millrace");
  }

  @Test
  void anEndpoint_getsTracesAndMetrics() {
    assertThat(with(Map.of("otel.exporter.otlp.endpoint", "http://127.0.0.1:4317")))
        .containsEntry("otel.traces.exporter", "otlp")
        .containsEntry("otel.metrics.exporter", "otlp")
        .containsEntry("otel.logs.exporter", "none");
  }

  @Test
  void anEndpointOfOneSignal_getsThatSignalAlone() {
    assertThat(with(Map.of("otel.exporter.otlp.traces.endpoint", "http://127.0.0.1:4317")))
        .containsEntry("otel.traces.exporter", "otlp")
        .containsEntry("otel.metrics.exporter", "none");
  }

  @Test
  void prometheus_isServedByOurOwnPort() {
    assertThat(ExporterDefaults.withoutPrometheus(List.of("prometheus"))).isEqualTo("none");
    assertThat(ExporterDefaults.withoutPrometheus(List.of())).isEqualTo("none");
    assertThat(ExporterDefaults.withoutPrometheus(List.of("otlp", "prometheus"))).isEqualTo("otlp");
  }
}
