package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.millrace.v1.PredictRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real Prometheus finds in the packaged server. */
final class MetricsIT {
  private static final int UNKNOWN_NAMES = 50;
  private static final String REASON =
      "millrace_inference_failures_total{model_name=\"%s\",model_version=\"%s\",reason=\"%s\"}";

  @TempDir private Path temp;
  private Path repository;
  private RunningServer server;

  @BeforeEach
  void start() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Repositories.write(repository.resolve("broken/4/model.onnx"), "no model");
    server = RunningServer.start(repository);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void callWell(int times) {
    for (int i = 0; i < times; i++) {
      var unused = Calls.predict(server.channel(), Calls.whichVersion("tiny"));
    }
  }

  /** One call of a wrong shape, many of models and methods that callers made up. */
  private void callBadly() {
    ManagedChannel channel = server.channel();
    PredictRequest.Builder wrongShape = Calls.whichVersion("tiny").toBuilder();
    wrongShape.getInputsBuilder(0).setShape(1, 1).clearFp32Val().addFp32Val(1);
    failing(() -> Calls.predict(channel, wrongShape.build()));
    for (int i = 0; i < UNKNOWN_NAMES; i++) {
      String name = "made-up-" + i;
      failing(() -> Calls.predict(channel, Calls.whichVersion(name)));
      failing(() -> callMethod(channel, name + "/Method"));
    }
  }

  private static void failing(Runnable call) {
    try {
      call.run();
    } catch (StatusRuntimeException expected) {
      return;
    }
    throw new AssertionError("answered");
  }

  private static void callMethod(ManagedChannel channel, String name) {
    var unused = Calls.unary(channel, name, new byte[0]);
  }

  private static void await(RealPrometheus prometheus, String query, double expected) {
    Calls.await(
        "%s to be %s".formatted(query, expected), () -> prometheus.value(query) == expected);
  }

  @Test
  void prometheus_countsCallsByModelVersionAndReason_andLabelsStayFew() throws IOException {
    callWell(3);
    callBadly();
    String target = URI.create(server.monitoring()).getAuthority();
    try (RealPrometheus prometheus = RealPrometheus.start(temp, target)) {
      String tiny = "{model_name=\"tiny\",model_version=\"1\"}";
      Map.of(
              "millrace_inference_requests_total" + tiny,
              4.0,
              "millrace_inference_request_duration_seconds_count" + tiny,
              4.0,
              "millrace_inference_queue_duration_seconds_count" + tiny,
              3.0,
              "millrace_inference_compute_duration_seconds_count" + tiny,
              3.0,
              "millrace_inference_batch_size_sum" + tiny,
              3.0,
              "millrace_inference_pending" + tiny,
              0.0,
              "millrace_model_load_duration_seconds_count{model_name=\"tiny\"}",
              1.0,
              REASON.formatted("tiny", 1, "TENSOR_SHAPE_MISMATCH"),
              1.0,
              REASON.formatted("_unknown", "_unknown", "MODEL_NOT_FOUND"),
              (double) UNKNOWN_NAMES,
              "millrace_model_loads_total{model_name=\"broken\",outcome=\"failed\"} > bool 0",
              1.0)
          .forEach((query, expected) -> await(prometheus, query, expected));
      await(prometheus, "millrace_message_memory_used_bytes", 0);
      await(prometheus, "millrace_inference_input_memory_used_bytes", 0);
      await(prometheus, "millrace_message_memory_limit_bytes > bool 0", 1);
      await(prometheus, "millrace_inference_input_memory_limit_bytes > bool 0", 1);
      await(prometheus, "count(jvm_memory_used_bytes) > bool 0", 1);
      await(prometheus, "jvm_buffer_memory_used_bytes{jvm_buffer_pool_name='direct'} > bool 0", 1);
      await(prometheus, "jvm_file_descriptor_count > bool 0", 1);
      await(prometheus, "up", 1);

      assertThat(prometheus.values("model_name"))
          .containsExactlyInAnyOrder("tiny", "broken", "_unknown");
      assertThat(prometheus.values("__name__"))
          .noneMatch(name -> name.contains("rpc") || name.contains("http"));
      assertThat(prometheus.values("le").stream().filter(le -> !le.equals("+Inf")))
          .map(Double::valueOf)
          .contains(0.0001, 30.0);
    }
  }

  @Test
  void ownNames_areAsPrometheusWantsThem() throws IOException {
    callWell(1);
    callBadly();
    String page = new RestCalls(server.monitoring()).get("/metrics").text();

    assertThat(page).contains("millrace_inference_failures_total{");
    // The JVM's names are OpenTelemetry's; promtool takes a number of threads for a histogram's.
    assertThat(RealPrometheus.lint(page))
        .isNotEmpty()
        .allSatisfy(complaint -> assertThat(complaint).matches("(jvm_\\w+_count|target_info) .*"));
  }
}
