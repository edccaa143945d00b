package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferInputTensor;
import io.millrace.openinference.ModelInferResponse;
import io.millrace.openinference.ModelMetadataRequest;
import io.millrace.openinference.ModelMetadataResponse;
import io.millrace.openinference.ModelReadyRequest;
import io.millrace.openinference.RepositoryIndexRequest;
import io.millrace.openinference.RepositoryIndexResponse.ModelIndex;
import io.millrace.openinference.ServerLiveRequest;
import io.millrace.openinference.ServerMetadataRequest;
import io.millrace.openinference.ServerMetadataResponse;
import io.millrace.openinference.ServerReadyRequest;
import io.millrace.server.lifecycle.VersionState;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OpenInferenceGrpcServiceTest {
  private final RunningDoor door = new RunningDoor();
  private final GRPCInferenceServiceBlockingStub client =
      GRPCInferenceServiceGrpc.newBlockingStub(door.channel);

  @AfterEach
  void close() {
    door.close();
  }

  private boolean modelReady(String name, String version) {
    return client
        .modelReady(ModelReadyRequest.newBuilder().setName(name).setVersion(version).build())
        .getReady();
  }

  private ModelMetadataResponse metadata(String name, String version) {
    return client.modelMetadata(
        ModelMetadataRequest.newBuilder().setName(name).setVersion(version).build());
  }

  @Test
  void theServer_isLiveAlwaysAndReadyUntilItDrains() {
    ServerReadyRequest ready = ServerReadyRequest.getDefaultInstance();
    door.ready.set(false);
    assertThat(client.serverLive(ServerLiveRequest.getDefaultInstance()).getLive()).isTrue();
    assertThat(client.serverReady(ready).getReady()).isFalse();

    door.ready.set(true);
    assertThat(client.serverReady(ready).getReady()).isTrue();

    door.server.enterDraining();
    assertThat(client.serverReady(ready).getReady()).isFalse();
    assertThat(client.serverLive(ServerLiveRequest.getDefaultInstance()).getLive()).isTrue();
  }

  @Test
  void theServersMetadata_nameTheExtensionsThatAreThere() {
    ServerMetadataResponse metadata =
        client.serverMetadata(ServerMetadataRequest.getDefaultInstance());

    assertThat(metadata.getName()).isEqualTo("millrace");
    assertThat(metadata.getVersion()).isEqualTo("1.2.3");
    assertThat(metadata.getExtensionsList())
        .containsExactly(
            "classification",
            "binary_tensor_data",
            "model_repository",
            "schedule_policy",
            "model_configuration",
            "statistics");
  }

  @Test
  void aModel_isReadyIfTheVersionServesAndNotIfNobodyKnowsIt() {
    door.catalog.with(
        "iris",
        FakeCatalog.version("iris", 4, VersionState.LOADING),
        FakeCatalog.version("iris", 3, VersionState.READY));

    assertThat(modelReady("iris", "")).isTrue();
    assertThat(modelReady("iris", "3")).isTrue();
    assertThat(modelReady("iris", "4")).isFalse();
    assertThat(modelReady("iris", "abc")).isFalse();
    assertThat(modelReady("unknown", "")).isFalse();
  }

  @Test
  void aModelsMetadata_tellVersionsPlatformAndTensors() {
    door.catalog.with(
        "iris",
        FakeCatalog.version("iris", 4, VersionState.FAILED),
        FakeCatalog.version("iris", 3, VersionState.READY),
        FakeCatalog.version("iris", 1, VersionState.READY));

    ModelMetadataResponse metadata = metadata("iris", "");

    assertThat(metadata.getName()).isEqualTo("iris");
    assertThat(metadata.getVersionsList()).containsExactly("3", "1");
    assertThat(metadata.getPlatform()).isEqualTo("onnxruntime_onnx");
    assertThat(metadata.getInputs(0).getName()).isEqualTo("x");
    assertThat(metadata.getInputs(0).getDatatype()).isEqualTo("FP32");
    assertThat(metadata.getInputs(0).getShapeList()).containsExactly(-1L, 4L);
    assertThat(metadata.getOutputs(0).getDatatype()).isEqualTo("INT64");

    door.catalog.engine = "pytorch";
    assertThat(metadata("iris", "1").getPlatform()).isEqualTo("pytorch_torchscript");
  }

  @Test
  void metadataOfAnUnknownModelOrVersion_isNotFound() {
    door.catalog.with("iris", FakeCatalog.version("iris", 3, VersionState.READY));

    assertThat(Calls.failed(() -> metadata("rose", "")).reason()).isEqualTo("MODEL_NOT_FOUND");
    Calls.End end = Calls.failed(() -> metadata("iris", "abc"));
    assertThat(end.code()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(end.reason()).isEqualTo("VERSION_NOT_FOUND");
    assertThat(end.info().orElseThrow().getMetadataMap()).containsEntry("version", "abc");
  }

  @Test
  void anInference_isAnsweredRawWithTheId() {
    ModelInferRequest request =
        ModelInferRequest.newBuilder()
            .setModelName("iris")
            .setId("7")
            .addInputs(InferInputTensor.newBuilder().setName("x").setDatatype("FP16").addShape(1))
            .addRawInputContents(ByteString.copyFrom(new byte[] {0, 0x3C}))
            .build();

    ModelInferResponse response = client.modelInfer(request);

    assertThat(response.getId()).isEqualTo("7");
    assertThat(response.getModelVersion()).isEqualTo("3");
    assertThat(response.getRawOutputContents(0)).isEqualTo(request.getRawInputContents(0));
  }

  @Test
  void theIndex_listsEveryVersionWithItsState() {
    door.catalog.with(
        "iris",
        FakeCatalog.failed("iris", 5, "not a model"),
        FakeCatalog.version("iris", 4, VersionState.LOADING),
        FakeCatalog.version("iris", 3, VersionState.READY),
        FakeCatalog.version("iris", 2, VersionState.DRAINING),
        FakeCatalog.version("iris", 1, VersionState.UNLOADED));

    assertThat(
            client
                .repositoryIndex(RepositoryIndexRequest.getDefaultInstance())
                .getModelsList()
                .stream()
                .map(m -> m.getVersion() + " " + m.getState() + " " + m.getReason()))
        .containsExactly(
            "1 UNAVAILABLE unloaded",
            "2 UNLOADING ",
            "3 READY ",
            "4 LOADING ",
            "5 UNAVAILABLE not a model");
    assertThat(
            client
                .repositoryIndex(RepositoryIndexRequest.newBuilder().setReady(true).build())
                .getModelsList())
        .extracting(ModelIndex::getVersion)
        .containsExactly("3");
  }

  @Test
  void theIndex_listsWhatNobodyHasLoaded() {
    door.catalog.idle("rose", new TreeMap<>(Map.of(1L, "not loaded", 2L, "broken")));

    assertThat(client.repositoryIndex(RepositoryIndexRequest.getDefaultInstance()).getModelsList())
        .extracting(
            ModelIndex::getName,
            ModelIndex::getVersion,
            ModelIndex::getState,
            ModelIndex::getReason)
        .containsExactly(
            tuple("rose", "1", "UNAVAILABLE", "not loaded"),
            tuple("rose", "2", "UNAVAILABLE", "broken"));
    assertThat(
            client
                .repositoryIndex(RepositoryIndexRequest.newBuilder().setReady(true).build())
                .getModelsList())
        .isEmpty();
  }

  @Test
  void anotherRepository_isUnsupported() {
    RepositoryIndexRequest other =
        RepositoryIndexRequest.newBuilder().setRepositoryName("other").build();

    assertThat(Calls.failed(() -> client.repositoryIndex(other)).code())
        .isEqualTo(Status.Code.UNIMPLEMENTED);
  }
}
