package io.millrace.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class InferenceMetricsTest {
  @RegisterExtension final OpenTelemetryExtension telemetry = OpenTelemetryExtension.create();

  private final AdmissionLimiter limiter = new AdmissionLimiter(1_000);

  private long shown(String name) {
    return telemetry.getMetrics().stream()
        .filter(metric -> metric.getName().equals(name))
        .flatMap(metric -> metric.getLongSumData().getPoints().stream())
        .mapToLong(point -> point.getValue())
        .sum();
  }

  @Test
  void whatCallsInFlightHold_isShownBesideItsBound() {
    InferenceMetrics.show(limiter, telemetry.getOpenTelemetry());

    limiter.admit(300);
    limiter.admit(200);
    assertThat(shown("millrace.inference.input.memory.used")).isEqualTo(500);
    assertThat(shown("millrace.inference.input.memory.limit")).isEqualTo(1_000);
    limiter.release(300);
    assertThat(shown("millrace.inference.input.memory.used")).isEqualTo(200);
  }
}
