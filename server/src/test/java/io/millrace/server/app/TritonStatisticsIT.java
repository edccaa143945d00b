package io.millrace.server.app;

import static io.millrace.server.app.TritonClient.assertRefused;
import static io.millrace.server.app.TritonClient.floats;
import static io.millrace.server.app.TritonClient.input;
import static io.millrace.server.app.TritonClient.rows;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.InferBatchStatistics;
import io.millrace.openinference.InferStatistics;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferResponse;
import io.millrace.openinference.ModelStatistics;
import io.millrace.openinference.StatisticDuration;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The statistics that Triton's clients read of a real server count what was really done. */
final class TritonStatisticsIT {
  private static final int CALLS = 200;

  @TempDir private static Path temp;
  private static ManagedChannel channel;
  private static RunningServer server;
  private static TritonClient client;

  @BeforeAll
  static void start() {
    Path repository = temp.resolve("repository");
    for (String model : List.of("counted", "together")) {
      Repositories.drop(repository, model, 1, "constant-version-1.onnx");
      Repositories.drop(repository, model, 2, "constant-version-2.onnx");
      Repositories.write(
          repository.resolve(model).resolve("config.yaml"),
          "version_policy: all\ninstances: 2\nbatching: {max_batch_size: 8, max_queue_delay: 1ms}\n");
    }
    Repositories.drop(repository, "alone", 1, "two-sizes.onnx");
    server = RunningServer.start(repository);
    channel = server.channel();
    client = new TritonClient(channel);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static Map<Long, Long> runsBySize(ModelStatistics statistics) {
    return statistics.getBatchStatsList().stream()
        .collect(
            Collectors.toMap(
                InferBatchStatistics::getBatchSize, batch -> batch.getComputeInfer().getCount()));
  }

  @Test
  void callsByEachProtocol_areCountedByVersion_whenTheirAnswersArrive() {
    long before = System.currentTimeMillis();
    for (long rows : new long[] {1, 5, 1, 1}) {
      ModelInferResponse answer = client.stub().modelInfer(rows("counted", "1", rows));
      assertThat(answer.getModelVersion()).isEqualTo("1");
    }
    assertThat(client.statistics("counted", "1").getInferenceStats().getSuccess().getCount())
        .isEqualTo(4);
    assertThat(Calls.int64(Calls.predict(channel, Calls.whichVersion("counted")), "version", 0))
        .isEqualTo(2);
    assertThat(client.statistics("counted", "2").getInferenceCount()).isEqualTo(1);
    ModelInferRequest tooWide =
        rows("counted", "1", 1).toBuilder().setInputs(0, input("x", 1, 3)).build();
    assertRefused(() -> client.stub().modelInfer(tooWide), Status.Code.INVALID_ARGUMENT);

    ModelStatistics one = client.statistics("counted", "1");
    assertThat(one.getInferenceCount()).isEqualTo(8);
    assertThat(one.getExecutionCount()).isEqualTo(4);
    assertThat(runsBySize(one)).isEqualTo(Map.of(1L, 3L, 5L, 1L));
    assertThat(one.getLastInference()).isBetween(before, System.currentTimeMillis());
    InferStatistics calls = one.getInferenceStats();
    assertThat(calls.getFail().getCount()).isZero();
    List<StatisticDuration> parts =
        List.of(
            calls.getQueue(),
            calls.getComputeInput(),
            calls.getComputeInfer(),
            calls.getComputeOutput());
    assertThat(parts).allSatisfy(part -> assertThat(part.getCount()).isEqualTo(4));
    assertThat(parts.stream().mapToLong(StatisticDuration::getNs).sum())
        .isEqualTo(calls.getSuccess().getNs())
        .isPositive();
  }

  @Test
  void callsThatTheModelFails_areCountedAsFailures() {
    ModelInferRequest differing =
        ModelInferRequest.newBuilder()
            .setModelName("alone")
            .addInputs(input("a", 2))
            .addInputs(input("b", 3))
            .addRawInputContents(floats(2))
            .addRawInputContents(floats(3))
            .build();

    assertRefused(() -> client.stub().modelInfer(differing), Status.Code.INTERNAL);

    ModelStatistics alone = client.statistics("alone", "");
    assertThat(alone.getInferenceStats().getFail().getCount()).isEqualTo(1);
    assertThat(alone.getInferenceStats().getSuccess().getCount()).isZero();
    assertThat(alone.getExecutionCount()).isZero();
    assertThat(alone.getLastInference()).isZero();
  }

  @Test
  void callsAtTheSameTime_areAllCounted_andSoAreTheRunsThatTheyShared()
      throws InterruptedException, ExecutionException {
    List<ListenableFuture<ModelInferResponse>> calls =
        IntStream.range(0, CALLS)
            .mapToObj(
                i ->
                    GRPCInferenceServiceGrpc.newFutureStub(channel)
                        .modelInfer(rows("together", "2", 1)))
            .toList();
    assertThat(Futures.allAsList(calls).get()).hasSize(CALLS);

    ModelStatistics together = client.statistics("together", "2");
    Map<Long, Long> runs = runsBySize(together);
    assertThat(together.getInferenceStats().getSuccess().getCount()).isEqualTo(CALLS);
    assertThat(together.getInferenceCount()).isEqualTo(CALLS);
    assertThat(runs.keySet()).allSatisfy(rows -> assertThat(rows).isBetween(1L, 8L));
    assertThat(runs.values().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(together.getExecutionCount())
        .isLessThan(CALLS);
    assertThat(runs.entrySet().stream().mapToLong(run -> run.getKey() * run.getValue()).sum())
        .isEqualTo(CALLS);
  }
}
