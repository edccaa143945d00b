package io.millrace.server.grpc;

import static io.millrace.server.grpc.RecordedDoor.IRIS;
import static io.millrace.server.grpc.RecordedDoor.MODEL;
import static io.millrace.server.grpc.RecordedDoor.PREDICT;
import static io.millrace.server.grpc.RecordedDoor.REASON;
import static io.millrace.server.grpc.RecordedDoor.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.lifecycle.VersionStatus;
import io.millrace.server.model.CallObserver;
import io.millrace.server.model.InferenceResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.opentelemetry.sdk.metrics.data.MetricData;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The metrics of calls. */
final class CallMetricsTest extends RecordedCallsTest {
  private long counted(String name) {
    return recorded.metric(name).getLongSumData().getPoints().iterator().next().getValue();
  }

  private long pending() {
    return recorded.metric("millrace.inference.pending").getLongGaugeData().getPoints().stream()
        .mapToLong(point -> point.getValue())
        .sum();
  }

  @Test
  void onlyARunThatBeganAfterTheDeadline_countsAsExpired() {
    recorded.door.inference.answer(RecordedDoor::run);
    recorded.predict("iris");
    recorded.spans(3);
    assertThat(telemetry.getMetrics())
        .noneMatch(metric -> metric.getName().equals("millrace.inference.expired.runs"));

    recorded.door.inference.answer(
        request -> {
          CallObserver observer = GrpcServer.currentCall();
          observer.versionChosen(IRIS, "fake");
          observer.accepted(1, 1_000);
          observer.executed(new CallObserver.Execution("i-0", 1, 0, 1_000, 2_000));
          return CompletableFuture.completedStage(FakeInference.echo(request));
        });
    recorded.predict("iris");
    assertThat(counted("millrace.inference.expired.runs")).isEqualTo(1);
  }

  @Test
  void theMessagesOfAllCalls_areShownBesideTheirBound() {
    List<Long> whileItRuns = new ArrayList<>();
    recorded.door.inference.answer(
        request -> {
          whileItRuns.add(counted("millrace.message.memory.used"));
          return RecordedDoor.run(request);
        });
    recorded.predict("iris");

    assertThat(whileItRuns).singleElement().matches(bytes -> bytes > 0);
    Await.until(() -> counted("millrace.message.memory.used") == 0);
    assertThat(counted("millrace.message.memory.limit"))
        .isEqualTo(RunningDoor.laptop(0).maxMemoryBytes());
  }

  @Test
  void aCallThatWaits_isPendingUntilItIsTakenOrGone() {
    CompletableFuture<InferenceResponse> answer = new CompletableFuture<>();
    CompletableFuture<CallObserver> observer = new CompletableFuture<>();
    recorded.door.inference.answer(
        request -> {
          GrpcServer.currentCall().versionChosen(IRIS, "fake");
          observer.complete(GrpcServer.currentCall());
          return answer;
        });
    var call = PredictionServiceGrpc.newFutureStub(recorded.door.channel).predict(request("iris"));
    CallObserver record = observer.join();

    assertThat(pending()).isEqualTo(1);
    call.cancel(true);
    Await.until(() -> pending() == 0);
    record.taken(System.nanoTime(), System.nanoTime());
    assertThat(pending()).as("not counted twice").isZero();
    // The end of a call is counted a moment after it no longer waits.
    Await.until(() -> recorded.has("millrace.inference.failures"));
    assertThat(recorded.labels("millrace.inference.failures", REASON))
        .containsExactly("CALL_CANCELLED");
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

    assertThat(recorded.labels("millrace.inference.requests", MODEL)).containsExactly("iris");
    assertThat(telemetry.getMetrics())
        .extracting(MetricData::getName)
        .doesNotContain("millrace.inference.pending");
  }

  @Test
  void durations_haveBucketsFromATenthOfAMillisecond() {
    recorded.door.inference.answer(RecordedDoor::run);
    recorded.predict("iris");
    recorded.spans(3);

    for (String name : List.of("request", "queue", "compute")) {
      MetricData metric = recorded.metric("millrace.inference." + name + ".duration");
      assertThat(metric.getUnit()).isEqualTo("s");
      assertThat(metric.getHistogramData().getPoints())
          .singleElement()
          .satisfies(point -> assertThat(point.getBoundaries()).startsWith(0.0001));
    }
    assertThat(recorded.metric("millrace.inference.batch.size").getHistogramData().getPoints())
        .singleElement()
        .satisfies(point -> assertThat(point.getSum()).isEqualTo(8));
  }
}
