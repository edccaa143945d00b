package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.millrace.server.lifecycle.Wishes;
import io.millrace.v1.GetModelStatusRequest;
import io.millrace.v1.LoadModelRequest;
import io.millrace.v1.ModelOperationResponse;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ModelServiceGrpc.ModelServiceBlockingStub;
import io.millrace.v1.ReloadModelRequest;
import io.millrace.v1.SetLabelRequest;
import io.millrace.v1.State;
import io.millrace.v1.UnloadModelRequest;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The orders of operators by gRPC. */
final class AdminCallsTest {
  private final AdminDoor door = new AdminDoor();
  private final ModelServiceBlockingStub client = ModelServiceGrpc.newBlockingStub(door.channel);

  @AfterEach
  void close() {
    door.close();
  }

  private ModelOperationResponse load(long version) {
    return client.loadModel(
        LoadModelRequest.newBuilder()
            .setName(Wishes.MODEL)
            .setVersion(version)
            .setWait(true)
            .build());
  }

  private ModelOperationResponse unload(long version) {
    return client.unloadModel(
        UnloadModelRequest.newBuilder()
            .setName(Wishes.MODEL)
            .setVersion(version)
            .setWait(true)
            .build());
  }

  private static Map<Long, State> states(ModelOperationResponse response) {
    return response.getModelVersionStatusList().stream()
        .collect(
            java.util.stream.Collectors.toMap(
                status -> status.getVersion(), status -> status.getState()));
  }

  private void serve(long... versions) {
    door.manager.accept(Wishes.newest(1, versions));
    load(0);
  }

  @Test
  void versions_areUnloadedAndLoaded_andTheAnswerTellsHowTheyFare() {
    serve(2, 1);

    assertThat(states(load(1))).isEqualTo(Map.of(2L, State.AVAILABLE, 1L, State.AVAILABLE));
    assertThat(states(unload(2))).isEqualTo(Map.of(2L, State.END, 1L, State.AVAILABLE));
    assertThat(states(load(0))).isEqualTo(Map.of(2L, State.AVAILABLE, 1L, State.AVAILABLE));
    assertThat(states(unload(0))).isEqualTo(Map.of(2L, State.END, 1L, State.END));
  }

  @Test
  void aDryRun_answersWhatItWouldDo() {
    serve(1);

    assertThat(
            client
                .unloadModel(
                    UnloadModelRequest.newBuilder()
                        .setName(Wishes.MODEL)
                        .setDryRun(true)
                        .setWait(true)
                        .build())
                .getPlannedList())
        .containsExactly("unload iris/1");
    assertThat(states(load(0))).isEqualTo(Map.of(1L, State.AVAILABLE));
    assertThat(door.loader.loaded()).hasSize(1);
  }

  @Test
  void aReload_leavesTheVersionAvailable_withItsTimeline() {
    serve(1);

    ModelOperationResponse response =
        client.reloadModel(
            ReloadModelRequest.newBuilder().setName(Wishes.MODEL).setWait(true).build());

    assertThat(states(response)).isEqualTo(Map.of(1L, State.AVAILABLE));
    assertThat(door.loader.loaded()).hasSize(2);
    var timeline = response.getModelVersionStatus(0).getTimelineList();
    assertThat(timeline)
        .extracting(change -> change.getState())
        .containsExactly(State.START, State.LOADING, State.AVAILABLE, State.AVAILABLE);
    assertThat(timeline.subList(0, 3)).allSatisfy(change -> assertThat(change.hasTook()).isTrue());
    assertThat(timeline).allSatisfy(change -> assertThat(change.hasAt()).isTrue());
    assertThat(timeline.get(3).hasTook()).isFalse();
  }

  @Test
  void aLabel_isMovedByCompareAndSet() {
    serve(1);
    SetLabelRequest.Builder request =
        SetLabelRequest.newBuilder().setName(Wishes.MODEL).setLabel("stable").setVersion(1);

    assertThat(client.setLabel(request.setExpectedVersion(0).build()).getLabelsMap())
        .containsExactly(Map.entry("stable", 1L));
    Calls.End moved = Calls.failed(() -> client.setLabel(request.build()));

    assertThat(moved.code()).isEqualTo(Status.Code.ABORTED);
    assertThat(moved.reason()).isEqualTo("LABEL_MOVED");
    assertThat(moved.message()).contains("points at version 1, not at no version as expected");
    assertThat(
            client
                .getModelStatus(
                    GetModelStatusRequest.newBuilder()
                        .setName(Wishes.MODEL)
                        .setVersionLabel("stable")
                        .build())
                .getModelVersionStatusCount())
        .isEqualTo(1);
  }

  @Test
  void whatDoesNotExist_isNotFound_andNonsenseIsMalformed() {
    serve(1);

    Calls.End version = Calls.failed(() -> load(9));
    assertThat(version.code()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(version.reason()).isEqualTo("VERSION_NOT_FOUND");
    assertThat(version.info().orElseThrow().getMetadataMap()).containsEntry("version", "9");
    assertThat(
            Calls.failed(
                    () -> client.unloadModel(UnloadModelRequest.newBuilder().setName("x").build()))
                .reason())
        .isEqualTo("MODEL_NOT_FOUND");
    assertThat(Calls.failed(() -> load(-1)).reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(
            Calls.failed(
                    () ->
                        client.setLabel(
                            SetLabelRequest.newBuilder()
                                .setName(Wishes.MODEL)
                                .setLabel("a b")
                                .setVersion(1)
                                .build()))
                .reason())
        .isEqualTo("REQUEST_MALFORMED");
  }

  @Test
  void whomAProxyForwardsForOthers_isDenied_butMayRead() {
    serve(1);
    ModelServiceBlockingStub forwarded =
        client.withInterceptors(forwardedFor("127.0.0.1, 192.0.2.7"));

    Calls.End denied =
        Calls.failed(
            () -> forwarded.loadModel(LoadModelRequest.newBuilder().setName(Wishes.MODEL).build()));

    assertThat(denied.code()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(denied.reason()).isEqualTo("PERMISSION_DENIED");
    assertThat(denied.message()).contains("LoadModel", "--admin-from anywhere");
    assertThat(
            forwarded
                .getModelStatus(GetModelStatusRequest.newBuilder().setName(Wishes.MODEL).build())
                .getModelVersionStatusCount())
        .isEqualTo(1);
    assertThat(
            client
                .withInterceptors(forwardedFor("192.0.2.7, 127.0.0.1"))
                .loadModel(LoadModelRequest.newBuilder().setName(Wishes.MODEL).build())
                .getModelVersionStatusCount())
        .isEqualTo(1);
  }

  private static ClientInterceptor forwardedFor(String addresses) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("x-forwarded-for", Metadata.ASCII_STRING_MARSHALLER), addresses);
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RepositoryModelLoad", "RepositoryModelUnload"})
  void methodsOfTritonsFamily_areGuardedAlike(String method) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("x-forwarded-for", Metadata.ASCII_STRING_MARSHALLER), "192.0.2.7");

    assertThat(AdminGuard.METHODS)
        .contains("inference.GRPCInferenceService/" + method, "millrace.v1.RestService/V2" + method)
        .hasSize(9);
    Calls.End denied =
        Calls.raw(door.channel, "inference.GRPCInferenceService/" + method, headers, new byte[0]);
    assertThat(denied.code()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(denied.reason()).isEqualTo("PERMISSION_DENIED");
    assertThat(denied.message()).startsWith(method).contains("--admin-from anywhere");
  }
}
