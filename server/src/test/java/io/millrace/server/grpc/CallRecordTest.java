package io.millrace.server.grpc;

import static io.millrace.server.grpc.RecordedDoor.MODEL;
import static io.millrace.server.grpc.RecordedDoor.PREDICT;
import static io.millrace.server.grpc.RecordedDoor.REASON;
import static io.millrace.server.grpc.RecordedDoor.VERSION;
import static io.millrace.server.grpc.RecordedDoor.named;
import static io.millrace.server.grpc.RecordedDoor.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.ServerLiveRequest;
import io.millrace.server.lifecycle.VersionState;
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
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The traces of calls, and the labels under which they count. */
final class CallRecordTest extends RecordedCallsTest {
  @Test
  void aPrediction_isOneTraceWithItsPhases() {
    recorded.door.inference.answer(RecordedDoor::run);
    recorded.predict("iris");

    List<SpanData> spans = recorded.spans(3);
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
  void theCallersTrace_goesOn() {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER),
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    Calls.raw(recorded.door.channel, PREDICT, headers, request("iris").toByteArray());

    SpanData server = named(recorded.spans(1), PREDICT);
    assertThat(server.getTraceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
    assertThat(server.getParentSpanId()).isEqualTo("b7ad6b7169203331");
  }

  @Test
  void aTraceparentThatIsNone_startsANewTrace() {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), "00-zz-~-01");
    Calls.raw(recorded.door.channel, PREDICT, headers, request("iris").toByteArray());

    assertThat(named(recorded.spans(1), PREDICT).getParentSpanContext().isValid()).isFalse();
  }

  @Test
  void healthChecksAndReflection_makeNoSpanAndNoMetric() {
    HealthGrpc.newBlockingStub(recorded.door.channel)
        .check(HealthCheckRequest.getDefaultInstance());
    GRPCInferenceServiceGrpc.newBlockingStub(recorded.door.channel)
        .serverLive(ServerLiveRequest.getDefaultInstance());
    Calls.raw(
        recorded.door.channel,
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        new Metadata());
    recorded.predict("iris");

    assertThat(recorded.spans(1)).extracting(SpanData::getName).containsExactly(PREDICT);
  }

  @Test
  void aRefusal_isNoErrorOfTheServers() {
    recorded.door.inference.answer(
        request -> {
          throw ServingException.refusal(Reason.MODEL_NOT_FOUND, "there is no model");
        });
    Calls.End end =
        Calls.failed(
            () ->
                PredictionServiceGrpc.newBlockingStub(recorded.door.channel)
                    .predict(request("nothing")));
    assertThat(end.message()).isEqualTo("there is no model; ListModels names those there are");

    SpanData server = named(recorded.spans(1), PREDICT);
    assertThat(server.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(server.getAttributes().get(AttributeKey.stringKey("error.type")))
        .isEqualTo("MODEL_NOT_FOUND");
    assertThat(recorded.labels("millrace.inference.failures", REASON))
        .containsExactly("MODEL_NOT_FOUND");
  }

  @Test
  void aFault_isAnError() {
    recorded.door.inference.answer(
        request -> {
          throw new IllegalStateException();
        });
    Calls.failed(
        () -> PredictionServiceGrpc.newBlockingStub(recorded.door.channel).predict(request("a")));

    assertThat(named(recorded.spans(1), PREDICT).getStatus().getStatusCode())
        .isEqualTo(StatusCode.ERROR);
  }

  @Test
  void unknownNames_neverBecomeLabels() {
    recorded.door.inference.answer(
        request -> {
          throw ServingException.refusal(Reason.MODEL_NOT_FOUND, "there is no model");
        });
    for (int i = 0; i < 1_000; i++) {
      String name = "model-" + i;
      Calls.failed(
          () ->
              PredictionServiceGrpc.newBlockingStub(recorded.door.channel).predict(request(name)));
    }
    for (int i = 0; i < 100; i++) {
      Calls.raw(recorded.door.channel, "no.Such/Method" + i, CallOptions.DEFAULT, new Metadata());
    }

    recorded.spans(1_100);
    assertThat(recorded.labels("millrace.inference.requests", MODEL)).containsExactly("_unknown");
    assertThat(recorded.labels("millrace.inference.failures", MODEL)).containsExactly("_unknown");
    assertThat(telemetry.getSpans()).extracting(SpanData::getName).containsOnly(PREDICT, "_OTHER");
  }

  @Test
  void aCallThatIsRefusedBeforeAVersionIsLent_countsForTheModelThatItNames() {
    recorded.door.catalog.with("iris", FakeCatalog.version("iris", 3, VersionState.READY));
    PredictRequest noName = request("iris").toBuilder().addInputs(Tensor.newBuilder()).build();
    ModelSpec version9 = ModelSpec.newBuilder().setName("iris").setVersion(9).build();
    for (PredictRequest refused :
        List.of(
            noName,
            noName.toBuilder().setModelSpec(version9).build(),
            noName.toBuilder().setModelSpec(ModelSpec.newBuilder().setName("irs")).build())) {
      Calls.failed(
          () -> PredictionServiceGrpc.newBlockingStub(recorded.door.channel).predict(refused));
    }

    List<SpanData> spans = recorded.spans(3);
    assertThat(recorded.metric("millrace.inference.failures").getData().getPoints())
        .extracting(PointData::getAttributes)
        .extracting(labels -> labels.get(MODEL) + " " + labels.get(VERSION))
        .containsExactlyInAnyOrder("iris 3", "iris _unknown", "_unknown _unknown");
    assertThat(spans)
        .extracting(span -> span.getAttributes().get(MODEL))
        .containsExactlyInAnyOrder("iris", "iris", "irs");
  }
}
