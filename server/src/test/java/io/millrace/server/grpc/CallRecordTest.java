package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.ServerLiveRequest;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.lifecycle.VersionStatus;
import io.millrace.server.model.CallObserver;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.Tensor;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class CallRecordTest {
  @RegisterExtension
  static final OpenTelemetryExtension telemetry = OpenTelemetryExtension.create();

  private static final ModelVersionId IRIS = new ModelVersionId("iris", 3);
  private static final String PREDICT =
      PredictionServiceGrpc.getPredictMethod().getFullMethodName();
  private static final AttributeKey<String> MODEL = AttributeKey.stringKey("model.name");
  private static final AttributeKey<String> VERSION = AttributeKey.stringKey("model.version");
  private static final AttributeKey<String> REASON = AttributeKey.stringKey("reason");

  private RunningDoor door;

  @BeforeEach
  void open() {
    door = new RunningDoor(RunningDoor.laptop(0), telemetry.getOpenTelemetry());
  }

  @AfterEach
  void close() {
    door.close();
  }

  private void predict(String model) {
    PredictionServiceGrpc.newBlockingStub(door.channel).predict(request(model));
  }

  private static PredictRequest request(String model) {
    return PredictRequest.newBuilder().setModelSpec(ModelSpec.newBuilder().setName(model)).build();
  }

  /** What the rooms behind the door tell the observer. */
  private static CompletionStage<InferenceResponse> run(InferenceRequest request) {
    CallObserver observer = GrpcServer.currentCall();
    observer.versionChosen(IRIS, "fake");
    long now = System.nanoTime();
    observer.accepted(2, now + 1_000_000_000);
    observer.taken(now - 3_000_000, now - 2_000_000);
    observer.executed(new CallObserver.Execution("i-0", 8, 0, now - 2_000_000, now - 1_000_000));
    return CompletableFuture.completedStage(FakeInference.echo(request));
  }

  private List<SpanData> spans(int atLeast) {
    Await.until(() -> telemetry.getSpans().size() >= atLeast);
    return telemetry.getSpans();
  }

  private static SpanData named(List<SpanData> spans, String name) {
    return spans.stream().filter(span -> span.getName().equals(name)).findFirst().orElseThrow();
  }

  private MetricData metric(String name) {
    return telemetry.getMetrics().stream()
        .filter(metric -> metric.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private boolean has(String name) {
    return telemetry.getMetrics().stream().anyMatch(metric -> metric.getName().equals(name));
  }

  private Set<String> labels(String metric, AttributeKey<String> key) {
    return metric(metric).getData().getPoints().stream()
        .map(PointData::getAttributes)
        .map(attributes -> String.valueOf(attributes.get(key)))
        .collect(Collectors.toSet());
  }

  @Test
  void eachRequestOfAStream_isCountedAndTracedAsACall() {
    door.inference.answer(CallRecordTest::run);
    StreamCaller caller = StreamCaller.open(door.channel);
    caller.send(StreamCaller.request("a")).send(StreamCaller.request("b"));
    caller.answer();
    caller.answer();
    door.inference.answer(
        request -> {
          throw ServingException.refusal(Reason.MODEL_NOT_FOUND, "no such model");
        });
    caller.send(StreamCaller.request("c")).finish();
    assertThat(caller.answer().getErrorMessage()).isNotEmpty();
    assertThat(caller.end().code()).isEqualTo(Status.Code.OK);

    List<SpanData> calls =
        spans(8).stream().filter(span -> span.getName().equals(StreamedInference.NAME)).toList();
    assertThat(calls).hasSize(4);
    SpanData stream =
        calls.stream().filter(span -> !span.getParentSpanContext().isValid()).findFirst().get();
    assertThat(calls.stream().filter(span -> span != stream))
        .allSatisfy(span -> assertThat(span.getParentSpanId()).isEqualTo(stream.getSpanId()));
    assertThat(metric("millrace.inference.requests").getLongSumData().getPoints())
        .extracting(point -> point.getAttributes().get(MODEL) + " " + point.getValue())
        .containsExactlyInAnyOrder("iris 2", "_unknown 1");
    assertThat(labels("millrace.inference.failures", REASON)).containsExactly("MODEL_NOT_FOUND");
  }

  @Test
  void aStreamThatIsRefusedAsAWhole_countsOnce() {
    Calls.raw(door.channel, StreamedInference.NAME, new Metadata(), new byte[] {0x0A, 5, 'x'});

    spans(1);
    assertThat(labels("millrace.inference.failures", REASON)).containsExactly("REQUEST_MALFORMED");
    assertThat(metric("millrace.inference.requests").getLongSumData().getPoints())
        .extracting(point -> point.getAttributes().get(MODEL) + " " + point.getValue())
        .containsExactly("_unknown 1");
  }

  @Test
  void aPrediction_isOneTraceWithItsPhases() {
    door.inference.answer(CallRecordTest::run);
    predict("iris");

    List<SpanData> spans = spans(3);
    SpanData server = named(spans, PREDICT);
    assertThat(server.getKind()).isEqualTo(SpanKind.SERVER);
    assertThat(server.getAttributes().asMap())
        .isEqualTo(
            Attributes.builder()
                .put("rpc.system", "grpc")
                .put("rpc.system.name", "grpc")
                .put("rpc.service", "millrace.v1.PredictionService")
                .put("rpc.method", "Predict")
                .put("rpc.grpc.status_code", 0)
                .put("rpc.response.status_code", "OK")
                .put("model.name", "iris")
                .put("model.version", "3")
                .build()
                .asMap());
    assertThat(named(spans, "queue").getParentSpanId()).isEqualTo(server.getSpanId());
    SpanData execute = named(spans, "execute");
    assertThat(execute.getParentSpanId()).isEqualTo(server.getSpanId());
    assertThat(execute.getTraceId()).isEqualTo(server.getTraceId());
    assertThat(execute.getEndEpochNanos() - execute.getStartEpochNanos()).isEqualTo(1_000_000);
    assertThat(execute.getAttributes().asMap())
        .isEqualTo(
            Attributes.builder()
                .put("model.name", "iris")
                .put("model.version", "3")
                .put("model.engine", "fake")
                .put("inference.rows", 2)
                .put("inference.batch.rows", 8)
                .put("inference.instance", "i-0")
                .build()
                .asMap());
  }

  @Test
  void onlyARunThatBeganAfterTheDeadline_countsAsExpired() {
    door.inference.answer(CallRecordTest::run);
    predict("iris");
    spans(3);
    assertThat(telemetry.getMetrics())
        .noneMatch(metric -> metric.getName().equals("millrace.inference.expired.runs"));

    door.inference.answer(
        request -> {
          CallObserver observer = GrpcServer.currentCall();
          observer.versionChosen(IRIS, "fake");
          observer.accepted(1, 1_000);
          observer.executed(new CallObserver.Execution("i-0", 1, 0, 1_000, 2_000));
          return CompletableFuture.completedStage(FakeInference.echo(request));
        });
    predict("iris");
    assertThat(counted("millrace.inference.expired.runs")).isEqualTo(1);
  }

  private long counted(String name) {
    return metric(name).getLongSumData().getPoints().iterator().next().getValue();
  }

  @Test
  void theMessagesOfAllCalls_areShownBesideTheirBound() {
    List<Long> whileItRuns = new ArrayList<>();
    door.inference.answer(
        request -> {
          whileItRuns.add(counted("millrace.message.memory.used"));
          return run(request);
        });
    predict("iris");

    assertThat(whileItRuns).singleElement().matches(bytes -> bytes > 0);
    Await.until(() -> counted("millrace.message.memory.used") == 0);
    assertThat(counted("millrace.message.memory.limit"))
        .isEqualTo(RunningDoor.laptop(0).maxMemoryBytes());
  }

  @Test
  void theCallersTrace_goesOn() {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER),
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    Calls.raw(door.channel, PREDICT, headers, request("iris").toByteArray());

    SpanData server = named(spans(1), PREDICT);
    assertThat(server.getTraceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
    assertThat(server.getParentSpanId()).isEqualTo("b7ad6b7169203331");
  }

  @Test
  void aTraceparentThatIsNone_startsANewTrace() {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), "00-zz-~-01");
    Calls.raw(door.channel, PREDICT, headers, request("iris").toByteArray());

    assertThat(named(spans(1), PREDICT).getParentSpanContext().isValid()).isFalse();
  }

  @Test
  void healthChecksAndReflection_makeNoSpanAndNoMetric() {
    HealthGrpc.newBlockingStub(door.channel).check(HealthCheckRequest.getDefaultInstance());
    GRPCInferenceServiceGrpc.newBlockingStub(door.channel)
        .serverLive(ServerLiveRequest.getDefaultInstance());
    Calls.raw(
        door.channel, "grpc.reflection.v1.ServerReflection/ServerReflectionInfo", new Metadata());
    predict("iris");

    assertThat(spans(1)).extracting(SpanData::getName).containsExactly(PREDICT);
  }

  @Test
  void aRefusal_isNoErrorOfTheServers() {
    door.inference.answer(
        request -> {
          throw ServingException.refusal(Reason.MODEL_NOT_FOUND, "there is no model");
        });
    Calls.End end =
        Calls.failed(
            () -> PredictionServiceGrpc.newBlockingStub(door.channel).predict(request("nothing")));
    assertThat(end.message()).isEqualTo("there is no model; ListModels names those there are");

    SpanData server = named(spans(1), PREDICT);
    assertThat(server.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(server.getAttributes().get(AttributeKey.stringKey("error.type")))
        .isEqualTo("MODEL_NOT_FOUND");
    assertThat(labels("millrace.inference.failures", REASON)).containsExactly("MODEL_NOT_FOUND");
  }

  @Test
  void aFault_isAnError() {
    door.inference.answer(
        request -> {
          throw new IllegalStateException();
        });
    Calls.failed(() -> PredictionServiceGrpc.newBlockingStub(door.channel).predict(request("a")));

    assertThat(named(spans(1), PREDICT).getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
  }

  @Test
  void unknownNames_neverBecomeLabels() {
    door.inference.answer(
        request -> {
          throw ServingException.refusal(Reason.MODEL_NOT_FOUND, "there is no model");
        });
    for (int i = 0; i < 1_000; i++) {
      String name = "model-" + i;
      Calls.failed(
          () -> PredictionServiceGrpc.newBlockingStub(door.channel).predict(request(name)));
    }
    for (int i = 0; i < 100; i++) {
      Calls.raw(door.channel, "no.Such/Method" + i, CallOptions.DEFAULT, new Metadata());
    }

    spans(1_100);
    assertThat(labels("millrace.inference.requests", MODEL)).containsExactly("_unknown");
    assertThat(labels("millrace.inference.failures", MODEL)).containsExactly("_unknown");
    assertThat(telemetry.getSpans()).extracting(SpanData::getName).containsOnly(PREDICT, "_OTHER");
  }

  @Test
  void aCallThatIsRefusedBeforeAVersionIsLent_countsForTheModelThatItNames() {
    door.catalog.with("iris", FakeCatalog.version("iris", 3, VersionState.READY));
    PredictRequest noName = request("iris").toBuilder().addInputs(Tensor.newBuilder()).build();
    ModelSpec version9 = ModelSpec.newBuilder().setName("iris").setVersion(9).build();
    for (PredictRequest refused :
        List.of(
            noName,
            noName.toBuilder().setModelSpec(version9).build(),
            noName.toBuilder().setModelSpec(ModelSpec.newBuilder().setName("irs")).build())) {
      Calls.failed(() -> PredictionServiceGrpc.newBlockingStub(door.channel).predict(refused));
    }

    List<SpanData> spans = spans(3);
    assertThat(metric("millrace.inference.failures").getData().getPoints())
        .extracting(PointData::getAttributes)
        .extracting(labels -> labels.get(MODEL) + " " + labels.get(VERSION))
        .containsExactlyInAnyOrder("iris 3", "iris _unknown", "_unknown _unknown");
    assertThat(spans)
        .extracting(span -> span.getAttributes().get(MODEL))
        .containsExactlyInAnyOrder("iris", "iris", "irs");
  }

  @Test
  void aCallThatWaits_isPendingUntilItIsTakenOrGone() {
    CompletableFuture<InferenceResponse> answer = new CompletableFuture<>();
    CompletableFuture<CallObserver> observer = new CompletableFuture<>();
    door.inference.answer(
        request -> {
          GrpcServer.currentCall().versionChosen(IRIS, "fake");
          observer.complete(GrpcServer.currentCall());
          return answer;
        });
    var call = PredictionServiceGrpc.newFutureStub(door.channel).predict(request("iris"));
    CallObserver record = observer.join();

    assertThat(pending()).isEqualTo(1);
    call.cancel(true);
    Await.until(() -> pending() == 0);
    record.taken(System.nanoTime(), System.nanoTime());
    assertThat(pending()).as("not counted twice").isZero();
    // The end of a call is counted a moment after it no longer waits.
    Await.until(() -> has("millrace.inference.failures"));
    assertThat(labels("millrace.inference.failures", REASON)).containsExactly("CALL_CANCELLED");
    answer.cancel(false);
  }

  @Test
  void aCallThatEndsAfterItsVersionIsGone_bringsNoSeriesBack() {
    CallRecorder recorder = new CallRecorder(telemetry.getOpenTelemetry(), new FakeCatalog());
    CallRecord record = (CallRecord) recorder.newServerStreamTracer(PREDICT, new Metadata());
    record.versionChosen(IRIS, "fake");
    record.taken(System.nanoTime(), System.nanoTime());
    recorder.onVersionChanged(
        new VersionStatus(IRIS, VersionState.UNLOADED, Optional.empty(), List.of()));
    record.streamClosed(Status.OK);

    assertThat(labels("millrace.inference.requests", MODEL)).containsExactly("iris");
    assertThat(telemetry.getMetrics())
        .extracting(MetricData::getName)
        .doesNotContain("millrace.inference.pending");
  }

  private long pending() {
    return metric("millrace.inference.pending").getLongGaugeData().getPoints().stream()
        .mapToLong(point -> point.getValue())
        .sum();
  }

  @Test
  void durations_haveBucketsFromATenthOfAMillisecond() {
    door.inference.answer(CallRecordTest::run);
    predict("iris");
    spans(3);

    for (String name : List.of("request", "queue", "compute")) {
      MetricData metric = metric("millrace.inference." + name + ".duration");
      assertThat(metric.getUnit()).isEqualTo("s");
      assertThat(metric.getHistogramData().getPoints())
          .singleElement()
          .satisfies(point -> assertThat(point.getBoundaries()).startsWith(0.0001));
    }
    assertThat(metric("millrace.inference.batch.size").getHistogramData().getPoints())
        .singleElement()
        .satisfies(point -> assertThat(point.getSum()).isEqualTo(8));
  }
}
