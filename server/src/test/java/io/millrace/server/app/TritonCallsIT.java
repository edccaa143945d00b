package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.millrace.openinference.InferBatchStatistics;
import io.millrace.openinference.InferParameter;
import io.millrace.openinference.InferStatistics;
import io.millrace.openinference.ModelConfig;
import io.millrace.openinference.ModelConfigRequest;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferInputTensor;
import io.millrace.openinference.ModelInferRequest.InferRequestedOutputTensor;
import io.millrace.openinference.ModelInferResponse;
import io.millrace.openinference.ModelReadyRequest;
import io.millrace.openinference.ModelStatistics;
import io.millrace.openinference.ModelStatisticsRequest;
import io.millrace.openinference.RepositoryIndexRequest;
import io.millrace.openinference.RepositoryModelLoadRequest;
import io.millrace.openinference.RepositoryModelUnloadRequest;
import io.millrace.openinference.StatisticDuration;
import io.millrace.v1.State;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Triton's clients and performance tools ask of a real server beside inferences. */
final class TritonCallsIT {
  private static final int CALLS = 200;

  /** The model's name in the field where KServe's clients have it, and where Triton's do. */
  private static final byte[] KSERVES = {0x0A, 6, 'o', 'r', 'd', 'e', 'r', 's'};

  private static final byte[] TRITONS = {0x12, 6, 'o', 'r', 'd', 'e', 'r', 's'};

  @TempDir private static Path temp;
  private static Path repository;
  private static RunningServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() {
    repository = temp.resolve("repository");
    for (String model : List.of("counted", "together")) {
      Repositories.drop(repository, model, 1, "constant-version-1.onnx");
      Repositories.drop(repository, model, 2, "constant-version-2.onnx");
      Repositories.write(
          repository.resolve(model).resolve("config.yaml"),
          "version_policy: all\ninstances: 2\nbatching: {max_batch_size: 8, max_queue_delay: 1ms}\n");
    }
    Repositories.drop(repository, "alone", 1, "two-sizes.onnx");
    Repositories.drop(repository, "orders", 1, "constant-version-1.onnx");
    // Of these the policy chooses the newest.
    Repositories.drop(repository, "rows", 1, "identity-fp32.onnx");
    Repositories.drop(repository, "rows", 2, "identity-fp32.onnx");
    server = RunningServer.start(repository, "--scan-interval", "100ms");
    channel = server.channel();
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static GRPCInferenceServiceBlockingStub client() {
    return GRPCInferenceServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private static InferInputTensor input(String name, long... shape) {
    InferInputTensor.Builder input = InferInputTensor.newBuilder().setName(name);
    for (long size : shape) {
      input.addShape(size);
    }
    return input.setDatatype("FP32").build();
  }

  private static ByteString floats(long count) {
    return ByteString.copyFrom(new byte[(int) count * Float.BYTES]);
  }

  private static ModelInferRequest rows(String model, String version, long rows) {
    return ModelInferRequest.newBuilder()
        .setModelName(model)
        .setModelVersion(version)
        .addInputs(input("x", rows, 2))
        .addRawInputContents(floats(rows * 2))
        .build();
  }

  private static ModelStatistics statistics(String model, String version) {
    List<ModelStatistics> statistics =
        client()
            .modelStatistics(
                ModelStatisticsRequest.newBuilder().setName(model).setVersion(version).build())
            .getModelStatsList();
    assertThat(statistics).hasSize(1);
    return statistics.get(0);
  }

  private static Map<Long, Long> runsBySize(ModelStatistics statistics) {
    return statistics.getBatchStatsList().stream()
        .collect(
            Collectors.toMap(
                InferBatchStatistics::getBatchSize, batch -> batch.getComputeInfer().getCount()));
  }

  private static void assertRefused(ThrowingCallable call, Status.Code code) {
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(e.getStatus().getCode()).isEqualTo(code));
  }

  @Test
  void callsByEachProtocol_areCountedByVersion_whenTheirAnswersArrive() {
    long before = System.currentTimeMillis();
    for (long rows : new long[] {1, 5, 1, 1}) {
      ModelInferResponse answer = client().modelInfer(rows("counted", "1", rows));
      assertThat(answer.getModelVersion()).isEqualTo("1");
    }
    assertThat(statistics("counted", "1").getInferenceStats().getSuccess().getCount()).isEqualTo(4);
    assertThat(Calls.int64(Calls.predict(channel, Calls.whichVersion("counted")), "version", 0))
        .isEqualTo(2);
    assertThat(statistics("counted", "2").getInferenceCount()).isEqualTo(1);
    ModelInferRequest tooWide =
        rows("counted", "1", 1).toBuilder().setInputs(0, input("x", 1, 3)).build();
    assertRefused(() -> client().modelInfer(tooWide), Status.Code.INVALID_ARGUMENT);

    ModelStatistics one = statistics("counted", "1");
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

    assertRefused(() -> client().modelInfer(differing), Status.Code.INTERNAL);

    ModelStatistics alone = statistics("alone", "");
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

    ModelStatistics together = statistics("together", "2");
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

  @Test
  void models_tellHowTheyAreRun() {
    ModelConfig counted =
        client()
            .modelConfig(ModelConfigRequest.newBuilder().setName("counted").build())
            .getConfig();
    assertThat(counted.getPlatform()).isEqualTo("onnxruntime_onnx");
    assertThat(counted.getMaxBatchSize()).isEqualTo(8);
    assertThat(counted.getInput(0).getDimsList()).containsExactly(2L);
    assertThat(counted.getDynamicBatching().getMaxQueueDelayMicroseconds()).isEqualTo(1_000);
    assertThat(counted.getInstanceGroup(0).getCount()).isEqualTo(2);
    assertThat(counted.getVersionPolicy().hasAll()).isTrue();

    ModelConfig alone =
        client().modelConfig(ModelConfigRequest.newBuilder().setName("alone").build()).getConfig();
    assertThat(alone.getMaxBatchSize()).isZero();
    assertThat(alone.hasDynamicBatching()).isFalse();
    assertThat(alone.getInput(0).getDimsList()).containsExactly(-1L);
    assertThat(alone.getVersionPolicy().getLatest().getNumVersions()).isEqualTo(1);
  }

  /** What a trial at the load has found to pay, nobody knows beforehand. */
  @Test
  void models_tellWhatTheyAllow_whateverATrialFound() {
    ModelConfig orders = config("orders");
    assertThat(orders.getMaxBatchSize()).isEqualTo(32);
    assertThat(orders.hasDynamicBatching()).isTrue();
    assertThat(orders.getInput(0).getDimsList()).containsExactly(2L);

    ModelConfig rows = config("rows");
    assertThat(rows.getMaxBatchSize()).isZero();
    assertThat(rows.getInput(0).getDimsList()).containsExactly(-1L);
    assertThat(rows.getOutput(0).getDimsList()).containsExactly(-1L);
  }

  private static ModelConfig config(String model) {
    return client().modelConfig(ModelConfigRequest.newBuilder().setName(model).build()).getConfig();
  }

  @Test
  void aVersionThatThePolicyLeavesOut_isInTheIndex() {
    assertThat(
            client()
                .repositoryIndex(RepositoryIndexRequest.getDefaultInstance())
                .getModelsList()
                .stream()
                .filter(version -> version.getName().equals("rows"))
                .map(version -> version.getVersion() + " " + version.getState()))
        .containsExactly("1 UNAVAILABLE", "2 READY");
  }

  @Test
  void aTensorInSharedMemory_isRefused_alsoOfTheUsualForm() {
    InferParameter region = InferParameter.newBuilder().setStringParam("region").build();
    ModelInferRequest usual = rows("counted", "", 1);
    ModelInferRequest input =
        usual.toBuilder()
            .setInputs(
                0, input("x", 1, 2).toBuilder().putParameters("shared_memory_region", region))
            .build();
    ModelInferRequest output =
        usual.toBuilder()
            .addOutputs(
                InferRequestedOutputTensor.newBuilder()
                    .setName("y")
                    .putParameters("shared_memory_region", region))
            .build();

    assertRefused(() -> client().modelInfer(input), Status.Code.UNIMPLEMENTED);
    assertRefused(() -> client().modelInfer(output), Status.Code.UNIMPLEMENTED);
  }

  @Test
  void aModel_isUnloadedAndLoaded_inTheFormsOfTritonAndOfKServe()
      throws InvalidProtocolBufferException {
    assertThat(client().modelInfer(rows("orders", "", 1)).getModelVersion()).isEqualTo("1");

    var unloaded = client().repositoryModelUnload(RepositoryModelUnloadRequest.parseFrom(TRITONS));
    assertThat(unloaded.toByteArray()).isEmpty();
    assertThat(isReady()).isFalse();
    assertThat(state()).isEqualTo("UNAVAILABLE unloaded");
    assertRefused(() -> statistics("orders", ""), Status.Code.NOT_FOUND);
    // Another model that a scan brings up shows that scans went on.
    Repositories.drop(repository, "meanwhile", 1, "constant-version-1.onnx");
    Calls.awaitState(channel, "meanwhile", 1, State.AVAILABLE);
    assertThat(isReady()).isFalse();

    var loaded = client().repositoryModelLoad(RepositoryModelLoadRequest.parseFrom(KSERVES));
    assertThat(loaded.getModelName()).isEqualTo("orders");
    assertThat(loaded.getIsLoaded()).isTrue();
    assertThat(isReady()).isTrue();
    assertThat(state()).isEqualTo("READY ");
    assertThat(statistics("orders", "").getInferenceCount()).as("since the load").isZero();
  }

  private static boolean isReady() {
    return client().modelReady(ModelReadyRequest.newBuilder().setName("orders").build()).getReady();
  }

  private static String state() {
    return client()
        .repositoryIndex(RepositoryIndexRequest.getDefaultInstance())
        .getModelsList()
        .stream()
        .filter(model -> model.getName().equals("orders"))
        .map(model -> model.getState() + " " + model.getReason())
        .findFirst()
        .orElse("gone");
  }
}
