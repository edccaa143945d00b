package io.millrace.server.grpc;

import io.millrace.server.model.CallObserver;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictionServiceGrpc;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/** A running door, and what telemetry has of its calls. */
final class RecordedDoor implements AutoCloseable {
  static final ModelVersionId IRIS = new ModelVersionId("iris", 3);
  static final String PREDICT = PredictionServiceGrpc.getPredictMethod().getFullMethodName();
  static final AttributeKey<String> MODEL = AttributeKey.stringKey("model.name");
  static final AttributeKey<String> VERSION = AttributeKey.stringKey("model.version");
  static final AttributeKey<String> REASON = AttributeKey.stringKey("reason");

  final RunningDoor door;
  private final OpenTelemetryExtension telemetry;

  RecordedDoor(OpenTelemetryExtension telemetry) {
    this.telemetry = telemetry;
    this.door = new RunningDoor(RunningDoor.laptop(0), telemetry.getOpenTelemetry());
  }

  void predict(String model) {
    PredictionServiceGrpc.newBlockingStub(door.channel).predict(request(model));
  }

  static PredictRequest request(String model) {
    return PredictRequest.newBuilder().setModelSpec(ModelSpec.newBuilder().setName(model)).build();
  }

  /** What the rooms behind the door tell the observer. */
  static CompletionStage<InferenceResponse> run(InferenceRequest request) {
    CallObserver observer = GrpcServer.currentCall();
    observer.versionChosen(IRIS, "fake");
    long now = System.nanoTime();
    observer.accepted(2, now + 1_000_000_000);
    observer.taken(now - 3_000_000, now - 2_000_000);
    observer.executed(new CallObserver.Execution("i-0", 8, 0, now - 2_000_000, now - 1_000_000));
    return CompletableFuture.completedStage(FakeInference.echo(request));
  }

  List<SpanData> spans(int atLeast) {
    Await.until(() -> telemetry.getSpans().size() >= atLeast);
    return telemetry.getSpans();
  }

  static SpanData named(List<SpanData> spans, String name) {
    return spans.stream().filter(span -> span.getName().equals(name)).findFirst().orElseThrow();
  }

  MetricData metric(String name) {
    return telemetry.getMetrics().stream()
        .filter(metric -> metric.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  boolean has(String name) {
    return telemetry.getMetrics().stream().anyMatch(metric -> metric.getName().equals(name));
  }

  Set<String> labels(String metric, AttributeKey<String> key) {
    return metric(metric).getData().getPoints().stream()
        .map(PointData::getAttributes)
        .map(attributes -> String.valueOf(attributes.get(key)))
        .collect(Collectors.toSet());
  }

  @Override
  public void close() {
    door.close();
  }
}
