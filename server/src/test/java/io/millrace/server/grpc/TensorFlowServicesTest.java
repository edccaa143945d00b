package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Int64Value;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import io.grpc.Metadata;
import io.grpc.Status;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.tensorflow.DataType;
import io.millrace.tensorflow.SignatureDef;
import io.millrace.tensorflow.TensorInfo;
import io.millrace.tensorflow.TensorShapeProto;
import io.millrace.tensorflow.serving.GetModelMetadataRequest;
import io.millrace.tensorflow.serving.GetModelMetadataResponse;
import io.millrace.tensorflow.serving.GetModelStatusRequest;
import io.millrace.tensorflow.serving.ModelServiceGrpc;
import io.millrace.tensorflow.serving.ModelServiceGrpc.ModelServiceBlockingStub;
import io.millrace.tensorflow.serving.ModelSpec;
import io.millrace.tensorflow.serving.ModelVersionStatus;
import io.millrace.tensorflow.serving.PredictionServiceGrpc;
import io.millrace.tensorflow.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;
import io.millrace.tensorflow.serving.SignatureDefMap;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** TensorFlow Serving's two services on the port. */
final class TensorFlowServicesTest {
  private final RunningDoor door = new RunningDoor();

  private final PredictionServiceBlockingStub prediction =
      PredictionServiceGrpc.newBlockingStub(door.channel);
  private final ModelServiceBlockingStub models = ModelServiceGrpc.newBlockingStub(door.channel);

  @AfterEach
  void close() {
    door.close();
  }

  private static ModelSpec.Builder iris() {
    return ModelSpec.newBuilder().setName("iris");
  }

  @Test
  void aMethodThatIsNotServed_hasAReason() {
    Calls.End end =
        Calls.raw(
            door.channel,
            "tensorflow.serving.PredictionService/MultiInference",
            new Metadata(),
            new byte[0]);

    assertThat(end.code()).isEqualTo(Status.Code.UNIMPLEMENTED);
    assertThat(end.reason()).isEqualTo("UNSUPPORTED_OPERATION");
  }

  private GetModelMetadataResponse metadata(ModelSpec.Builder spec, String... fields) {
    return prediction.getModelMetadata(
        GetModelMetadataRequest.newBuilder()
            .setModelSpec(spec)
            .addAllMetadataField(List.of(fields))
            .build());
  }

  @Test
  void metadata_areASignatureDefMapInAnAny() throws InvalidProtocolBufferException {
    door.catalog.with("iris", FakeCatalog.version("iris", 2, VersionState.READY));

    GetModelMetadataResponse response = metadata(iris(), "signature_def");

    assertThat(response.getModelSpec()).isEqualTo(iris().setVersion(Int64Value.of(2)).build());
    Any packed = response.getMetadataOrThrow("signature_def");
    assertThat(packed.getTypeUrl())
        .isEqualTo("type.googleapis.com/tensorflow.serving.SignatureDefMap");
    assertThat(packed.unpack(SignatureDefMap.class).getSignatureDefMap())
        .containsOnlyKeys("serving_default")
        .containsEntry(
            "serving_default",
            SignatureDef.newBuilder()
                .setMethodName("tensorflow/serving/predict")
                .putInputs("x", info("x", DataType.DT_FLOAT, dim(-1, "batch"), dim(4, "")))
                .putOutputs("label", info("label", DataType.DT_INT64, dim(-1, "")))
                .build());
  }

  private static TensorShapeProto.Dim dim(long size, String name) {
    return TensorShapeProto.Dim.newBuilder().setSize(size).setName(name).build();
  }

  private static TensorInfo info(String name, DataType dtype, TensorShapeProto.Dim... dims) {
    return TensorInfo.newBuilder()
        .setName(name)
        .setDtype(dtype)
        .setTensorShape(TensorShapeProto.newBuilder().addAllDim(List.of(dims)))
        .build();
  }

  @Test
  void metadataThatThereIsNot_isRefused() {
    door.catalog.with("iris", FakeCatalog.version("iris", 2, VersionState.READY));

    Calls.End unknown = Calls.failed(() -> metadata(iris(), "signature_def", "assets"));
    Calls.End none = Calls.failed(() -> metadata(iris()));
    Calls.End model =
        Calls.failed(() -> metadata(ModelSpec.newBuilder().setName("wine"), "signature_def"));

    assertThat(unknown.reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(unknown.message()).contains("no metadata_field 'assets'");
    assertThat(none.message()).contains("ask for 'signature_def'");
    assertThat(model.reason()).isEqualTo("MODEL_NOT_FOUND");
  }

  private List<ModelVersionStatus> status(ModelSpec.Builder spec) {
    return models
        .getModelStatus(GetModelStatusRequest.newBuilder().setModelSpec(spec).build())
        .getModelVersionStatusList();
  }

  @Test
  void status_tellsOfAllVersions_ofOne_orOfWhereALabelPoints() {
    door.catalog
        .with(
            "iris",
            FakeCatalog.failed("iris", 3, "the file is damaged"),
            FakeCatalog.version("iris", 2, VersionState.READY),
            FakeCatalog.version("iris", 1, VersionState.DRAINING))
        .label("iris", "stable", 2);

    List<ModelVersionStatus> all = status(iris());

    assertThat(all).extracting(ModelVersionStatus::getVersion).containsExactly(3L, 2L, 1L);
    assertThat(all)
        .extracting(ModelVersionStatus::getState)
        .containsExactly(
            ModelVersionStatus.State.END,
            ModelVersionStatus.State.AVAILABLE,
            ModelVersionStatus.State.UNLOADING);
    assertThat(all.get(0).getStatus().getErrorCode()).isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(all.get(0).getStatus().getErrorMessage()).isEqualTo("the file is damaged");
    assertThat(all.get(1).getStatus().getErrorCode()).isEqualTo(Code.OK);
    assertThat(all.get(1).getStatus().getErrorMessage()).isEmpty();
    assertThat(status(iris().setVersion(Int64Value.of(1)))).containsExactly(all.get(2));
    assertThat(status(iris().setVersionLabel("stable"))).containsExactly(all.get(1));
    assertThat(Calls.failed(() -> status(iris().setVersion(Int64Value.of(9)))).reason())
        .isEqualTo("VERSION_NOT_FOUND");
  }

  @Test
  void everyState_hasTheNumberOfTensorFlowServings() {
    for (VersionState state : VersionState.values()) {
      door.catalog.with("iris", FakeCatalog.version("iris", 1, state));

      assertThat(status(iris()).get(0).getState().name())
          .as("%s", state)
          .isEqualTo(VersionStatusCodec.state(state).name());
    }
  }
}
