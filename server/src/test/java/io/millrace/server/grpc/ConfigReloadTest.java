package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.millrace.server.lifecycle.FakeServable;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelFormat;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import io.millrace.tensorflow.serving.GetModelStatusRequest;
import io.millrace.tensorflow.serving.ModelConfigList;
import io.millrace.tensorflow.serving.ModelServerConfig;
import io.millrace.tensorflow.serving.ModelServiceGrpc;
import io.millrace.tensorflow.serving.ModelServiceGrpc.ModelServiceBlockingStub;
import io.millrace.tensorflow.serving.ModelServiceGrpc.ModelServiceFutureStub;
import io.millrace.tensorflow.serving.ModelSpec;
import io.millrace.tensorflow.serving.ModelVersionStatus;
import io.millrace.tensorflow.serving.ReloadConfigRequest;
import io.millrace.tensorflow.serving.ServableVersionPolicy;
import io.millrace.tensorflow.serving.StatusProto;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Configurations of TensorFlow Serving, carried out by a real manager. */
final class ConfigReloadTest {
  private final AdminDoor door = new AdminDoor();
  private final ModelServiceBlockingStub client = ModelServiceGrpc.newBlockingStub(door.channel);
  private final ModelServiceFutureStub futures = ModelServiceGrpc.newFutureStub(door.channel);

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
  private void arrive(String model, long... versions) {
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

  private static io.millrace.tensorflow.serving.ModelConfig.Builder model(String name) {
    return io.millrace.tensorflow.serving.ModelConfig.newBuilder().setName(name);
  }

  private static ServableVersionPolicy.Builder specific(Long... versions) {
    return ServableVersionPolicy.newBuilder()
        .setSpecific(ServableVersionPolicy.Specific.newBuilder().addAllVersions(List.of(versions)));
  }

  private static ReloadConfigRequest request(
      io.millrace.tensorflow.serving.ModelConfig.Builder... models) {
    ModelConfigList.Builder list = ModelConfigList.newBuilder();
    Arrays.stream(models).forEach(list::addConfig);
    return ReloadConfigRequest.newBuilder()
        .setConfig(ModelServerConfig.newBuilder().setModelConfigList(list))
        .build();
  }

  private StatusProto reload(io.millrace.tensorflow.serving.ModelConfig.Builder... models) {
    return client.handleReloadConfigRequest(request(models)).getStatus();
  }

  private List<ModelVersionStatus> status(ModelSpec.Builder spec) {
    try {
      return client
          .getModelStatus(GetModelStatusRequest.newBuilder().setModelSpec(spec).build())
          .getModelVersionStatusList();
    } catch (StatusRuntimeException e) {
      return List.of();
    }
  }

  private List<Long> available(String model) {
    return status(ModelSpec.newBuilder().setName(model)).stream()
        .filter(version -> version.getState() == ModelVersionStatus.State.AVAILABLE)
        .map(ModelVersionStatus::getVersion)
        .toList();
  }

  private void awaitAvailable(String model, Long... versions) {
    Await.until(() -> available(model).equals(List.of(versions)));
  }

  @Test
  void modelsThatAreListed_goOn_andOthersGo() {
    StatusProto status = reload(model("iris"));

    assertThat(status.getErrorCode()).isEqualTo(Code.OK);
    assertThat(status.getErrorMessage()).isEmpty();
    awaitAvailable("wine");
    assertThat(available("iris")).containsExactly(3L);

    assertThat(reload(model("wine"), model("iris")).getErrorCode()).isEqualTo(Code.OK);
    assertThat(available("wine")).containsExactly(9L);
  }

  @Test
  void specificVersions_serveAtTheAnswer_labelsPointAtThem_andOtherVersionsGo() {
    StatusProto status =
        reload(
            model("iris")
                .setModelVersionPolicy(specific(1L, 2L))
                .putVersionLabels("stable", 1)
                .putVersionLabels("canary", 2),
            model("wine"));

    assertThat(status.getErrorCode()).isEqualTo(Code.OK);
    assertThat(available("iris")).contains(2L, 1L);
    awaitAvailable("iris", 2L, 1L);
    assertThat(status(ModelSpec.newBuilder().setName("iris").setVersionLabel("stable")))
        .extracting(ModelVersionStatus::getVersion)
        .containsExactly(1L);
    assertThat(status(ModelSpec.newBuilder().setName("iris").setVersionLabel("canary")))
        .extracting(ModelVersionStatus::getVersion)
        .containsExactly(2L);
    assertThat(available("wine")).containsExactly(9L);
  }

  @Test
  void specificVersions_holdAgainstArrivals_untilTheModelIsLeftToItsPolicy() {
    assertThat(reload(model("iris").setModelVersionPolicy(specific(1L))).getErrorCode())
        .isEqualTo(Code.OK);
    arrive("iris", 4, 3, 2, 1);
    arrive("wine", 10, 9, 8);
    arrive("tulip", 1);
    awaitAvailable("wine");
    assertThat(reload(model("iris").setModelVersionPolicy(specific(1L))).getErrorCode())
        .isEqualTo(Code.OK);
    assertThat(available("iris")).containsExactly(1L);
    assertThat(available("wine")).isEmpty();
    assertThat(available("tulip")).isEmpty();
    assertThat(door.loader.loaded()).as("nothing came up meanwhile").hasSize(3);

    assertThat(reload(model("iris"), model("wine")).getErrorCode()).isEqualTo(Code.OK);
    awaitAvailable("iris", 4L);
    assertThat(available("wine")).containsExactly(10L);
  }

  @Test
  void anEmptyList_unloadsAll() {
    assertThat(reload().getErrorCode()).isEqualTo(Code.OK);

    awaitAvailable("iris");
    awaitAvailable("wine");
  }

  @Test
  void aModelOrVersionThatIsNotInTheRepository_isRefusedAndNothingHappens() {
    Calls.End unknown =
        Calls.failed(
            () -> reload(model("iris").setModelVersionPolicy(specific(1L)), model("tulip")));
    Calls.End version =
        Calls.failed(() -> reload(model("iris").setModelVersionPolicy(specific(7L))));

    assertThat(unknown.code()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(unknown.reason()).isEqualTo("MODEL_NOT_FOUND");
    assertThat(unknown.message()).contains("'tulip'");
    assertThat(version.reason()).isEqualTo("VERSION_NOT_FOUND");
    assertThat(available("iris")).containsExactly(3L);
    assertThat(available("wine")).containsExactly(9L);
    assertThat(door.loader.loaded()).hasSize(2);
  }

  @Test
  void aVersionThatFailsToLoad_isTheAnswer_andNothingIsTakenAway() {
    door.loader.onLoad(
        1,
        id -> {
          throw ServingException.refusal(Reason.MODEL_LOAD_FAILED, "the file is damaged").lasting();
        });

    Calls.End end =
        Calls.failed(
            () ->
                reload(
                    model("iris")
                        .setModelVersionPolicy(specific(1L))
                        .putVersionLabels("stable", 1)));

    assertThat(end.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(end.reason()).isEqualTo("MODEL_LOAD_FAILED");
    assertThat(end.message()).contains("the file is damaged");
    assertThat(available("iris")).containsExactly(3L);
    assertThat(available("wine")).containsExactly(9L);
    assertThat(status(ModelSpec.newBuilder().setName("iris").setVersionLabel("stable"))).isEmpty();
  }

  /** Has the load of version 1 wait for the latch that this gives. */
  private CountDownLatch holdLoads() {
    CountDownLatch held = new CountDownLatch(1);
    door.loader.onLoad(
        1,
        id -> {
          awaitLatch(held);
          return new FakeServable(id, FakeCatalog.SIGNATURE);
        });
    return held;
  }

  @Test
  void twoConfigurationsAtATime_areCarriedOutOneAfterTheOther_andAThirdIsRefused()
      throws Exception {
    CountDownLatch held = holdLoads();
    var first =
        futures.handleReloadConfigRequest(
            request(model("iris").setModelVersionPolicy(specific(1L))));
    var second = futures.handleReloadConfigRequest(request(model("wine")));

    Calls.End third = Calls.failed(() -> reload(model("iris")));
    assertThat(third.code()).isEqualTo(Status.Code.ABORTED);
    assertThat(third.reason()).isEqualTo("CONFIGURATION_WAITING");
    assertThat(available("wine")).containsExactly(9L);
    held.countDown();

    assertThat(first.get(20, TimeUnit.SECONDS).getStatus().getErrorCode()).isEqualTo(Code.OK);
    assertThat(second.get(20, TimeUnit.SECONDS).getStatus().getErrorCode()).isEqualTo(Code.OK);
    awaitAvailable("wine", 9L);
    awaitAvailable("iris");
  }

  @Test
  void aConfigurationWhoseCallerHasGone_isNotCarriedOut() throws Exception {
    CountDownLatch held = holdLoads();
    ReloadConfigRequest kept =
        request(model("iris").setModelVersionPolicy(specific(1L)), model("wine"));
    var first = futures.handleReloadConfigRequest(kept);
    var second = futures.handleReloadConfigRequest(request());
    second.cancel(true);
    Await.until(() -> findsAPlaceToWait(kept));
    held.countDown();

    assertThat(first.get(20, TimeUnit.SECONDS).getStatus().getErrorCode()).isEqualTo(Code.OK);
    assertThat(client.handleReloadConfigRequest(kept).getStatus().getErrorCode())
        .isEqualTo(Code.OK);
    awaitAvailable("iris", 1L);
    assertThat(available("wine")).containsExactly(9L);
    assertThat(door.loader.loaded()).as("wine was never unloaded").hasSize(3);
  }

  /** Whether a configuration may wait for its turn; it gives up after a moment. */
  private boolean findsAPlaceToWait(ReloadConfigRequest request) {
    Calls.End end =
        Calls.failed(
            () -> client.withDeadlineAfter(1, TimeUnit.SECONDS).handleReloadConfigRequest(request));
    return end.code() == Status.Code.DEADLINE_EXCEEDED;
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aBasePathAnywhere_isRefusedWhereTheFolderIsNotKnown() {
    Calls.End end = Calls.failed(() -> reload(model("iris").setBasePath("/models/iris")));

    assertThat(end.code()).isEqualTo(Status.Code.UNIMPLEMENTED);
    assertThat(end.reason()).isEqualTo("UNSUPPORTED_OPERATION");
  }

  @Test
  void whomAProxyForwardsForOthers_isDenied_butMayRead() {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("x-forwarded-for", Metadata.ASCII_STRING_MARSHALLER), "192.0.2.7");
    ModelServiceBlockingStub forwarded =
        client.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));

    Calls.End end = Calls.failed(() -> forwarded.handleReloadConfigRequest(request()));

    assertThat(end.code()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(end.message()).contains("HandleReloadConfigRequest", "--admin-from anywhere");
    assertThat(available("iris")).containsExactly(3L);
    assertThat(
            forwarded
                .getModelStatus(
                    GetModelStatusRequest.newBuilder()
                        .setModelSpec(ModelSpec.newBuilder().setName("iris"))
                        .build())
                .getModelVersionStatusCount())
        .isPositive();
  }
}
