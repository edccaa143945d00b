package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.millrace.tensorflow.serving.GetModelStatusRequest;
import io.millrace.tensorflow.serving.ModelServiceGrpc.ModelServiceBlockingStub;
import io.millrace.tensorflow.serving.ModelSpec;
import org.junit.jupiter.api.Test;

/** Configurations that are not carried out, and what their callers are told. */
final class ConfigReloadRefusalsTest extends ConfiguredDoorTest {
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
    door.loader.breakLoad(1, "the file is damaged");

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
