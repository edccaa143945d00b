package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.Status;
import io.millrace.v1.PredictionServiceGrpc;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls that no service and no guard ended, but the transport. */
final class CallEndTest {
  @RegisterExtension
  static final OpenTelemetryExtension telemetry = OpenTelemetryExtension.create();

  private CallRecorder recorder;

  @BeforeEach
  void start() {
    recorder = new CallRecorder(telemetry.getOpenTelemetry(), new FakeCatalog());
  }

  private CallRecord begun() {
    String method = PredictionServiceGrpc.getPredictMethod().getFullMethodName();
    return (CallRecord) recorder.newServerStreamTracer(method, new Metadata());
  }

  private static List<String> reasons() {
    return telemetry.getMetrics().stream()
        .filter(metric -> metric.getName().equals("millrace.inference.failures"))
        .flatMap(metric -> metric.getData().getPoints().stream())
        .map(PointData::getAttributes)
        .map(labels -> String.valueOf(labels.get(AttributeKey.stringKey("reason"))))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "CANCELLED, RST_STREAM received for code 8, CALL_CANCELLED",
    "UNAVAILABLE, connection terminated for unknown reason, CALL_CANCELLED",
    "UNKNOWN, channel closed, CALL_CANCELLED",
    "UNAVAILABLE, Server shutdownNow invoked, SERVER_DRAINING",
    "RESOURCE_EXHAUSTED, gRPC message exceeds maximum size, MESSAGE_TOO_LARGE",
    "INTERNAL, Encountered end-of-stream mid-frame, REQUEST_MALFORMED",
  })
  void whatTheTransportEnds_hasOneOfOurReasons(
      Status.Code code, String description, String reason) {
    begun().streamClosed(code.toStatus().withDescription(description));

    assertThat(reasons()).containsExactly(reason);
  }

  @Test
  void aCallThatIsCutOffAfterItsDeadline_exceededItAndWasNotCancelled() {
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    for (int seconds : List.of(-1, 1_000)) {
      CallRecord record = begun();
      Deadline deadline = Deadline.after(seconds, TimeUnit.SECONDS);
      try (var context = Context.ROOT.withDeadline(deadline, timer)) {
        context.run(record::begins);
      }
      record.streamClosed(Status.CANCELLED);
    }
    timer.shutdownNow();

    assertThat(reasons()).containsExactlyInAnyOrder("DEADLINE_IN_QUEUE", "CALL_CANCELLED");
  }
}
