package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.v1.DataType;
import io.millrace.v1.GetModelMetadataRequest;
import io.millrace.v1.GetModelMetadataResponse;
import io.millrace.v1.GetModelStatusRequest;
import io.millrace.v1.ListModelsRequest;
import io.millrace.v1.ListModelsResponse;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ModelServiceGrpc.ModelServiceBlockingStub;
import io.millrace.v1.ModelSummary;
import io.millrace.v1.ModelVersionStatus;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ModelGrpcServiceTest {
  private final RunningDoor door = new RunningDoor();
  private final ModelServiceBlockingStub client = ModelServiceGrpc.newBlockingStub(door.channel);

  @AfterEach
  void close() {
    door.close();
  }

  private void serveIris() {
    door.catalog
        .with(
            "iris",
            FakeCatalog.failed("iris", 4, "not a model"),
            FakeCatalog.version("iris", 3, VersionState.READY),
            FakeCatalog.version("iris", 2, VersionState.READY))
        .label("iris", "stable", 2);
  }

  private static GetModelStatusRequest.Builder statusOf(String name) {
    return GetModelStatusRequest.newBuilder().setName(name);
  }

  private List<Long> versions(GetModelStatusRequest.Builder request) {
    return client.getModelStatus(request.build()).getModelVersionStatusList().stream()
        .map(ModelVersionStatus::getVersion)
        .toList();
  }

  @Test
  void theList_tellsModelsEnginesVersionsAndLabels() {
    serveIris();
    door.catalog.with("broken", FakeCatalog.failed("broken", 1, "no"));

    ListModelsResponse list = client.listModels(ListModelsRequest.getDefaultInstance());

    assertThat(list.getModelsList())
        .extracting(ModelSummary::getName)
        .containsExactly("broken", "iris");
    assertThat(list.getModelsList())
        .extracting(ModelSummary::getEngine)
        .containsExactly("", "onnxruntime");
    assertThat(list.getModels(1).getModelVersionStatusCount()).isEqualTo(3);
    assertThat(list.getModels(1).getLabelsMap()).containsEntry("stable", 2L);
  }

  @Test
  void theList_comesInPages() {
    serveIris();
    door.catalog.with("rose", FakeCatalog.version("rose", 1, VersionState.READY));
    ListModelsRequest.Builder request = ListModelsRequest.newBuilder().setPageSize(1);

    ListModelsResponse first = client.listModels(request.build());
    ListModelsResponse second =
        client.listModels(request.setPageToken(first.getNextPageToken()).build());

    assertThat(first.getModels(0).getName()).isEqualTo("iris");
    assertThat(second.getModels(0).getName()).isEqualTo("rose");
    assertThat(second.getNextPageToken()).isEmpty();
  }

  @Test
  void aStatus_isOfAllVersionsOrOfTheChosenOne() {
    serveIris();

    assertThat(versions(statusOf("iris"))).containsExactly(4L, 3L, 2L);
    assertThat(versions(statusOf("iris").setVersion(3))).containsExactly(3L);
    assertThat(versions(statusOf("iris").setVersionLabel("stable"))).containsExactly(2L);
  }

  @Test
  void theStatusOfWhatNobodyKnows_isNotFound() {
    serveIris();

    Calls.End model = Calls.failed(() -> versions(statusOf("rose")));
    Calls.End version = Calls.failed(() -> versions(statusOf("iris").setVersion(9)));
    Calls.End label = Calls.failed(() -> versions(statusOf("iris").setVersionLabel("blue")));

    assertThat(model.code()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(model.reason()).isEqualTo("MODEL_NOT_FOUND");
    assertThat(version.reason()).isEqualTo("VERSION_NOT_FOUND");
    assertThat(version.message()).isEqualTo("model 'iris' has no version 9");
    assertThat(label.message()).isEqualTo("model 'iris' has no label 'blue'");
  }

  @Test
  void theStatusOfAModelWhileTheServerStarts_isUnavailableAndNotUnknown() {
    door.catalog.starting();

    Calls.End end = Calls.failed(() -> versions(statusOf("iris")));

    assertThat(end.code()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(end.reason()).isEqualTo("SERVER_STARTING");
  }

  @Test
  void aVersionBelowOne_isMalformed() {
    Calls.End end = Calls.failed(() -> versions(statusOf("iris").setVersion(0)));

    assertThat(end.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
  }

  @Test
  void metadata_areThoseOfTheVersionThatPredictWouldUse() {
    serveIris();
    GetModelMetadataRequest.Builder request = GetModelMetadataRequest.newBuilder().setName("iris");

    GetModelMetadataResponse latest = client.getModelMetadata(request.build());
    assertThat(latest.getVersion()).isEqualTo(3);
    assertThat(latest.getEngine()).isEqualTo("onnxruntime");
    assertThat(latest.getInputs(0).getName()).isEqualTo("x");
    assertThat(latest.getInputs(0).getDtype()).isEqualTo(DataType.DT_FP32);
    assertThat(latest.getInputs(0).getShapeList()).containsExactly(-1L, 4L);
    assertThat(latest.getInputs(0).getDimensionNamesList()).containsExactly("batch", "");
    assertThat(latest.getLabelsMap()).containsEntry("stable", 2L);

    assertThat(client.getModelMetadata(request.setVersionLabel("stable").build()).getVersion())
        .isEqualTo(2);
    assertThat(Calls.failed(() -> client.getModelMetadata(request.setVersion(9).build())).reason())
        .isEqualTo("VERSION_NOT_FOUND");
  }
}
