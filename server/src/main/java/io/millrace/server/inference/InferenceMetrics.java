package io.millrace.server.inference;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.metrics.Meter;

/** Shows how near the inputs of all calls in flight are to their bound. */
final class InferenceMetrics {
  private InferenceMetrics() {}

  static void show(AdmissionLimiter limiter, OpenTelemetry telemetry) {
    Meter meter = telemetry.getMeter("io.millrace.inference");
    meter
        .upDownCounterBuilder("millrace.inference.input.memory.used")
        .setDescription("Inputs of calls that wait or run")
        .setUnit("By")
        .buildWithCallback(gauge -> gauge.record(limiter.bytesInFlight()));
    meter
        .upDownCounterBuilder("millrace.inference.input.memory.limit")
        .setDescription("Above this, calls are refused as SERVER_OVERLOADED")
        .setUnit("By")
        .buildWithCallback(gauge -> gauge.record(limiter.maxBytes()));
  }
}
