package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.lifecycle.VersionStatus.StateChange;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Both of what the lifecycle tells: the traces and the metrics. */
final class LifecycleTracingTest {
  @RegisterExtension
  static final OpenTelemetryExtension telemetry = OpenTelemetryExtension.create();

  private static final ModelVersionId IRIS = new ModelVersionId("iris", 3);

  private LifecycleTracing tracing;
  private LifecycleMetrics metrics;
  private final List<StateChange> timeline = new ArrayList<>();

  /** The extension forgets instruments that are older than the test. */
  @BeforeEach
  void listen() {
    tracing = new LifecycleTracing(telemetry.getOpenTelemetry());
    metrics = new LifecycleMetrics(telemetry.getOpenTelemetry(), new MemoryBudget(1), () -> 0);
  }

  private void move(VersionState state, long atMillis, ServingException... problem) {
    timeline.add(new StateChange(state, Instant.ofEpochMilli(atMillis)));
    VersionStatus status =
        new VersionStatus(IRIS, state, List.of(problem).stream().findFirst(), timeline);
    tracing.onVersionChanged(status);
    metrics.onVersionChanged(status);
  }

  private SpanData span(String name) {
    return telemetry.getSpans().stream()
        .filter(span -> span.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private List<String> states() {
    Optional<MetricData> gauge =
        telemetry.getMetrics().stream()
            .filter(metric -> metric.getName().equals("millrace.model.state"))
            .findFirst();
    return gauge.stream()
        .flatMap(metric -> metric.getLongGaugeData().getPoints().stream())
        .map(point -> String.valueOf(point.getAttributes().get(AttributeKey.stringKey("state"))))
        .toList();
  }

  @Test
  void aLoad_isATraceOfItsWaitAndItsWork() {
    move(VersionState.NEW, 1_000);
    move(VersionState.LOADING, 1_200);
    assertThat(telemetry.getSpans()).isEmpty();
    move(VersionState.READY, 4_000);
    move(VersionState.DRAINING, 5_000);

    SpanData whole = span("load model");
    assertThat(telemetry.getSpans())
        .extracting(SpanData::getName)
        .containsExactlyInAnyOrder("load model", "wait", "load and warm up");
    assertThat(whole.getParentSpanContext().isValid()).isFalse();
    assertThat(whole.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(whole.getAttributes().get(AttributeKey.stringKey("model.version"))).isEqualTo("3");
    assertThat(span("wait").getParentSpanId()).isEqualTo(whole.getSpanId());
    assertThat(span("load and warm up").getStartEpochNanos()).isEqualTo(1_200_000_000L);
    assertThat(whole.getEndEpochNanos()).isEqualTo(4_000_000_000L);
  }

  @Test
  void theWaitForAThread_isNoPartOfTheLoad() {
    move(VersionState.NEW, 1_000);
    move(VersionState.LOADING, 1_200);
    move(VersionState.READY, 4_000);

    assertThat(seconds("millrace.model.load.wait")).isEqualTo(0.2);
    assertThat(seconds("millrace.model.load.duration")).isEqualTo(2.8);
  }

  private static double seconds(String histogram) {
    return telemetry.getMetrics().stream()
        .filter(metric -> metric.getName().equals(histogram))
        .flatMap(metric -> metric.getHistogramData().getPoints().stream())
        .mapToDouble(HistogramPointData::getSum)
        .sum();
  }

  @Test
  void aLoadThatFails_saysWhy() {
    move(VersionState.NEW, 1);
    move(VersionState.LOADING, 2);
    move(
        VersionState.FAILED,
        3,
        ServingException.refusal(Reason.MODEL_LOAD_FAILED, "it is damaged"));

    SpanData whole = span("load model");
    assertThat(whole.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(whole.getStatus().getDescription()).isEqualTo("it is damaged");
    assertThat(whole.getAttributes().get(AttributeKey.stringKey("error.type")))
        .isEqualTo("MODEL_LOAD_FAILED");
  }

  @Test
  void aVersionThatNeverLoaded_hasNoTrace() {
    move(VersionState.NEW, 1);
    move(VersionState.FAILED, 1, ServingException.refusal(Reason.MODEL_LOAD_FAILED, "no file"));

    assertThat(telemetry.getSpans()).isEmpty();
  }

  @Test
  void theState_isShownUntilTheVersionIsGone() {
    move(VersionState.NEW, 1);
    move(VersionState.LOADING, 2);
    assertThat(states()).containsExactly("loading");
    move(VersionState.READY, 3);
    assertThat(states()).containsExactly("ready");
    move(VersionState.UNLOADED, 4);
    assertThat(states()).isEmpty();
  }
}
