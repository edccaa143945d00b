package io.millrace.server.grpc;

import io.grpc.StatusRuntimeException;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.VersionArtifact;
import io.millrace.tensorflow.serving.GetModelStatusRequest;
import io.millrace.tensorflow.serving.ModelConfigList;
import io.millrace.tensorflow.serving.ModelServerConfig;
import io.millrace.tensorflow.serving.ModelServiceGrpc;
import io.millrace.tensorflow.serving.ModelServiceGrpc.ModelServiceBlockingStub;
import io.millrace.tensorflow.serving.ModelSpec;
import io.millrace.tensorflow.serving.ModelVersionStatus;
import io.millrace.tensorflow.serving.ReloadConfigRequest;
import io.millrace.tensorflow.serving.ServableVersionPolicy;
import io.millrace.tensorflow.serving.StatusProto;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A door before two models of a real manager, and a client of TensorFlow Serving. */
abstract class ConfiguredDoorTest {
  final AdminDoor door = new AdminDoor();
  final ModelServiceBlockingStub client = ModelServiceGrpc.newBlockingStub(door.channel);

  @BeforeEach
  void serveTwoModels() {
    arrive("iris", 3, 2, 1);
    arrive("wine", 9, 8);
    awaitAvailable("iris", 3L);
    awaitAvailable("wine", 9L);
  }

  @AfterEach
  void close() {
    door.close();
  }

  /** Of the versions, newest first, the policy keeps the newest. */
  void arrive(String model, long... versions) {
    door.manager.accept(
        new DesiredVersions(
            model,
            LongStream.of(versions).mapToObj(version -> artifact(model, version)).toList(),
            1,
            List.of(),
            Map.of()));
  }

  private static VersionArtifact artifact(String model, long version) {
    return new VersionArtifact(
        new ModelVersionId(model, version),
        ModelFormat.ONNX,
        Path.of("model.onnx"),
        ModelConfig.DERIVED,
        "a");
  }

  static io.millrace.tensorflow.serving.ModelConfig.Builder model(String name) {
    return io.millrace.tensorflow.serving.ModelConfig.newBuilder().setName(name);
  }

  static ServableVersionPolicy.Builder specific(Long... versions) {
    return ServableVersionPolicy.newBuilder()
        .setSpecific(ServableVersionPolicy.Specific.newBuilder().addAllVersions(List.of(versions)));
  }

  static ReloadConfigRequest request(io.millrace.tensorflow.serving.ModelConfig.Builder... models) {
    ModelConfigList.Builder list = ModelConfigList.newBuilder();
    Arrays.stream(models).forEach(list::addConfig);
    return ReloadConfigRequest.newBuilder()
        .setConfig(ModelServerConfig.newBuilder().setModelConfigList(list))
        .build();
  }

  StatusProto reload(io.millrace.tensorflow.serving.ModelConfig.Builder... models) {
    return client.handleReloadConfigRequest(request(models)).getStatus();
  }

  List<ModelVersionStatus> status(ModelSpec.Builder spec) {
    try {
      return client
          .getModelStatus(GetModelStatusRequest.newBuilder().setModelSpec(spec).build())
          .getModelVersionStatusList();
    } catch (StatusRuntimeException e) {
      return List.of();
    }
  }

  List<Long> available(String model) {
    return status(ModelSpec.newBuilder().setName(model)).stream()
        .filter(version -> version.getState() == ModelVersionStatus.State.AVAILABLE)
        .map(ModelVersionStatus::getVersion)
        .toList();
  }

  void awaitAvailable(String model, Long... versions) {
    Await.until(() -> available(model).equals(List.of(versions)));
  }
}
