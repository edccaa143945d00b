package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedOutputStream;
import io.grpc.Status;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.millrace.openinference.ModelReadyRequest;
import io.millrace.openinference.ModelRepositoryParameter;
import io.millrace.openinference.RepositoryModelLoadRequest;
import io.millrace.openinference.RepositoryModelLoadResponse;
import io.millrace.openinference.RepositoryModelUnloadRequest;
import io.millrace.openinference.RepositoryModelUnloadResponse;
import io.millrace.server.lifecycle.Wishes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The orders of operators in the forms of Triton and of KServe. */
final class RepositoryOrdersTest {
  private final AdminDoor door = new AdminDoor();
  private final GRPCInferenceServiceBlockingStub client =
      GRPCInferenceServiceGrpc.newBlockingStub(door.channel);

  @BeforeEach
  void serve() {
    door.manager.accept(Wishes.newest(1, 2, 1));
    load(inField(2));
  }

  @AfterEach
  void close() {
    door.close();
  }

  /** A request that holds nothing but the model's name. */
  private static byte[] inField(int field) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      out.writeString(field, Wishes.MODEL);
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private RepositoryModelLoadResponse load(byte[] request) {
    try {
      return client.repositoryModelLoad(RepositoryModelLoadRequest.parseFrom(request));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private RepositoryModelUnloadResponse unload(byte[] request) {
    try {
      return client.repositoryModelUnload(RepositoryModelUnloadRequest.parseFrom(request));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private boolean isReady() {
    return client
        .modelReady(ModelReadyRequest.newBuilder().setName(Wishes.MODEL).build())
        .getReady();
  }

  @Test
  void inTritonsForm_modelsGoAndCome_andTheAnswersAreEmpty() {
    assertThat(unload(inField(2)).toByteArray()).isEmpty();
    assertThat(isReady()).isFalse();
    assertThat(load(inField(2)).toByteArray()).isEmpty();
    assertThat(isReady()).isTrue();
  }

  @Test
  void inKServesForm_modelsGoAndCome_andTheAnswersSaySo() {
    WireFields unloaded = WireFields.of(unload(inField(1)).toByteArray());
    assertThat(isReady()).isFalse();
    assertThat(unloaded.text(1)).isEqualTo(Wishes.MODEL);
    assertThat(unloaded.number(2)).isEqualTo(1);

    WireFields loaded = WireFields.of(load(inField(1)).toByteArray());
    assertThat(isReady()).isTrue();
    assertThat(loaded.text(1)).isEqualTo(Wishes.MODEL);
    assertThat(loaded.number(2)).isEqualTo(1);
  }

  @Test
  void whatIsLoadedOrUnloadedAlready_isOk() {
    assertThat(load(inField(2)).toByteArray()).isEmpty();
    assertThat(door.loader.loaded()).hasSize(1);
    unload(inField(2));
    assertThat(unload(inField(2)).toByteArray()).isEmpty();
  }

  @Test
  void aLoadThatFails_isToldAsAFailure() {
    unload(inField(2));
    for (long version : new long[] {1, 2}) {
      door.loader.breakLoad(version, "not a model");
    }

    Calls.End end = Calls.failed(() -> load(inField(2)));

    assertThat(end.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(end.reason()).isEqualTo("MODEL_LOAD_FAILED");
    assertThat(end.message()).contains("not a model");
    assertThat(end.info().orElseThrow().getMetadataMap()).containsEntry("model", Wishes.MODEL);
  }

  @Test
  void anUnknownModel_isNotFound_alsoAtAnUnload_andNoNameIsMalformed() {
    RepositoryModelLoadRequest rose =
        RepositoryModelLoadRequest.newBuilder().setModelName("rose").build();
    Calls.End load = Calls.failed(() -> client.repositoryModelLoad(rose));
    assertThat(load.code()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(load.reason()).isEqualTo("MODEL_NOT_FOUND");
    assertThat(
            Calls.failed(
                    () ->
                        client.repositoryModelUnload(
                            RepositoryModelUnloadRequest.newBuilder().setModelName("rose").build()))
                .reason())
        .isEqualTo("MODEL_NOT_FOUND");
    assertThat(Calls.failed(() -> load(new byte[0])).reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(Calls.failed(() -> unload(new byte[0])).reason()).isEqualTo("REQUEST_MALFORMED");
  }

  @ParameterizedTest
  @ValueSource(strings = {"config", "file:1/model.onnx", "anything"})
  void aLoadWithParameters_isUnsupported_andNothingIsLoaded(String parameter) {
    unload(inField(2));
    RepositoryModelLoadRequest request =
        RepositoryModelLoadRequest.newBuilder()
            .setModelName(Wishes.MODEL)
            .putParameters(
                parameter, ModelRepositoryParameter.newBuilder().setStringParam("{}").build())
            .build();

    Calls.End end = Calls.failed(() -> client.repositoryModelLoad(request));

    assertThat(end.code()).isEqualTo(Status.Code.UNIMPLEMENTED);
    assertThat(end.reason()).isEqualTo("UNSUPPORTED_OPERATION");
    assertThat(end.message()).contains("'" + parameter + "'", "config.yaml");
    assertThat(isReady()).isFalse();
  }

  @Test
  void anUnload_takesTheParameterThatTritonsClientsSend_andNoOther() {
    RepositoryModelUnloadRequest request =
        RepositoryModelUnloadRequest.newBuilder()
            .setModelName(Wishes.MODEL)
            .putParameters(
                "unload_dependents",
                ModelRepositoryParameter.newBuilder().setBoolParam(false).build())
            .build();
    RepositoryModelUnloadRequest other =
        request.toBuilder()
            .putParameters("force", ModelRepositoryParameter.getDefaultInstance())
            .build();

    assertThat(Calls.failed(() -> client.repositoryModelUnload(other)).reason())
        .isEqualTo("UNSUPPORTED_OPERATION");
    assertThat(isReady()).isTrue();
    assertThat(client.repositoryModelUnload(request).toByteArray()).isEmpty();
    assertThat(isReady()).isFalse();
  }

  @Test
  void anotherRepository_isUnsupported() {
    RepositoryModelUnloadRequest request =
        RepositoryModelUnloadRequest.newBuilder()
            .setRepositoryName("other")
            .setModelName(Wishes.MODEL)
            .build();

    Calls.End end = Calls.failed(() -> client.repositoryModelUnload(request));

    assertThat(end.code()).isEqualTo(Status.Code.UNIMPLEMENTED);
    assertThat(end.message()).contains("leave repository_name empty");
    assertThat(isReady()).isTrue();
  }
}
