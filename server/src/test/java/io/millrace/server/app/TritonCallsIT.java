package io.millrace.server.app;

import static io.millrace.server.app.TritonClient.assertRefused;
import static io.millrace.server.app.TritonClient.input;
import static io.millrace.server.app.TritonClient.rows;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.millrace.openinference.InferParameter;
import io.millrace.openinference.ModelConfig;
import io.millrace.openinference.ModelConfigRequest;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferRequestedOutputTensor;
import io.millrace.openinference.ModelReadyRequest;
import io.millrace.openinference.RepositoryIndexRequest;
import io.millrace.openinference.RepositoryModelLoadRequest;
import io.millrace.openinference.RepositoryModelUnloadRequest;
import io.millrace.v1.State;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Triton's clients ask of a real server's models beside inferences and statistics. */
final class TritonCallsIT {
  /** The model's name in the field where KServe's clients have it, and where Triton's do. */
  private static final byte[] KSERVES = {0x0A, 6, 'o', 'r', 'd', 'e', 'r', 's'};

  private static final byte[] TRITONS = {0x12, 6, 'o', 'r', 'd', 'e', 'r', 's'};

  @TempDir private static Path temp;
  private static Path repository;
  private static RunningServer server;
  private static ManagedChannel channel;
  private static TritonClient client;

  @BeforeAll
  static void start() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, "counted", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "counted", 2, "constant-version-2.onnx");
    Repositories.write(
        repository.resolve("counted/config.yaml"),
        "version_policy: all\ninstances: 2\nbatching: {max_batch_size: 8, max_queue_delay: 1ms}\n");
    Repositories.drop(repository, "alone", 1, "two-sizes.onnx");
    Repositories.drop(repository, "orders", 1, "constant-version-1.onnx");
    // Of these the policy chooses the newest.
    Repositories.drop(repository, "rows", 1, "identity-fp32.onnx");
    Repositories.drop(repository, "rows", 2, "identity-fp32.onnx");
    server = RunningServer.start(repository, "--scan-interval", "100ms");
    channel = server.channel();
    client = new TritonClient(channel);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void models_tellHowTheyAreRun() {
    ModelConfig counted =
        client
            .stub()
            .modelConfig(ModelConfigRequest.newBuilder().setName("counted").build())
            .getConfig();
    assertThat(counted.getPlatform()).isEqualTo("onnxruntime_onnx");
    assertThat(counted.getMaxBatchSize()).isEqualTo(8);
    assertThat(counted.getInput(0).getDimsList()).containsExactly(2L);
    assertThat(counted.getDynamicBatching().getMaxQueueDelayMicroseconds()).isEqualTo(1_000);
    assertThat(counted.getInstanceGroup(0).getCount()).isEqualTo(2);
    assertThat(counted.getVersionPolicy().hasAll()).isTrue();

    ModelConfig alone =
        client
            .stub()
            .modelConfig(ModelConfigRequest.newBuilder().setName("alone").build())
            .getConfig();
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
    return client
        .stub()
        .modelConfig(ModelConfigRequest.newBuilder().setName(model).build())
        .getConfig();
  }

  @Test
  void aVersionThatThePolicyLeavesOut_isInTheIndex() {
    assertThat(
            client
                .stub()
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

    assertRefused(() -> client.stub().modelInfer(input), Status.Code.UNIMPLEMENTED);
    assertRefused(() -> client.stub().modelInfer(output), Status.Code.UNIMPLEMENTED);
  }

  @Test
  void aModel_isUnloadedAndLoaded_inTheFormsOfTritonAndOfKServe()
      throws InvalidProtocolBufferException {
    assertThat(client.stub().modelInfer(rows("orders", "", 1)).getModelVersion()).isEqualTo("1");

    var unloaded =
        client.stub().repositoryModelUnload(RepositoryModelUnloadRequest.parseFrom(TRITONS));
    assertThat(unloaded.toByteArray()).isEmpty();
    assertThat(isReady()).isFalse();
    assertThat(state()).isEqualTo("UNAVAILABLE unloaded");
    assertRefused(() -> client.statistics("orders", ""), Status.Code.NOT_FOUND);
    // Another model that a scan brings up shows that scans went on.
    Repositories.drop(repository, "meanwhile", 1, "constant-version-1.onnx");
    Calls.awaitState(channel, "meanwhile", 1, State.AVAILABLE);
    assertThat(isReady()).isFalse();

    var loaded = client.stub().repositoryModelLoad(RepositoryModelLoadRequest.parseFrom(KSERVES));
    assertThat(loaded.getModelName()).isEqualTo("orders");
    assertThat(loaded.getIsLoaded()).isTrue();
    assertThat(isReady()).isTrue();
    assertThat(state()).isEqualTo("READY ");
    assertThat(client.statistics("orders", "").getInferenceCount()).as("since the load").isZero();
  }

  private static boolean isReady() {
    return client
        .stub()
        .modelReady(ModelReadyRequest.newBuilder().setName("orders").build())
        .getReady();
  }

  private static String state() {
    return client
        .stub()
        .repositoryIndex(RepositoryIndexRequest.getDefaultInstance())
        .getModelsList()
        .stream()
        .filter(model -> model.getName().equals("orders"))
        .map(model -> model.getState() + " " + model.getReason())
        .findFirst()
        .orElse("gone");
  }
}
