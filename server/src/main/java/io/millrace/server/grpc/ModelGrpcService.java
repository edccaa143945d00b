package io.millrace.server.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.millrace.server.model.VersionSelector;
import io.millrace.v1.GetModelMetadataRequest;
import io.millrace.v1.GetModelMetadataResponse;
import io.millrace.v1.GetModelStatusRequest;
import io.millrace.v1.GetModelStatusResponse;
import io.millrace.v1.ListModelsRequest;
import io.millrace.v1.ListModelsResponse;
import io.millrace.v1.LoadModelRequest;
import io.millrace.v1.ModelEvent;
import io.millrace.v1.ModelOperationResponse;
import io.millrace.v1.ModelServiceGrpc.ModelServiceImplBase;
import io.millrace.v1.ReloadModelRequest;
import io.millrace.v1.SetLabelRequest;
import io.millrace.v1.SetLabelResponse;
import io.millrace.v1.UnloadModelRequest;
import io.millrace.v1.WatchModelsRequest;
import java.util.Map;

/**
 * {@code millrace.v1.ModelService}: tells which models there are and how they fare, and takes the
 * orders of operators. Thread-safe.
 */
final class ModelGrpcService extends ModelServiceImplBase {
  private final ModelCatalog catalog;
  private final ModelDescriptions descriptions;

  ModelGrpcService(ModelCatalog catalog) {
    this.catalog = catalog;
    this.descriptions = new ModelDescriptions(catalog);
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> observer) {
    new Reply<>(observer, Map::of).now(() -> list(request));
  }

  private ListModelsResponse list(ListModelsRequest request) {
    ModelPages.Page page = ModelPages.page(catalog.models(), request);
    return ListModelsResponse.newBuilder()
        .addAllModels(page.models().stream().map(descriptions::summary).toList())
        .setNextPageToken(page.nextToken())
        .build();
  }

  @Override
  public void getModelStatus(
      GetModelStatusRequest request, StreamObserver<GetModelStatusResponse> observer) {
    new Reply<>(observer, () -> subject(request)).now(() -> status(request));
  }

  private GetModelStatusResponse status(GetModelStatusRequest request) {
    String name = RequestFields.modelName("name", request.getName());
    return switch (request.getVersionChoiceCase()) {
      case VERSION -> descriptions.status(name, number(request.getVersion()));
      case VERSION_LABEL -> descriptions.status(name, label(request.getVersionLabel()));
      case VERSIONCHOICE_NOT_SET -> descriptions.status(name, VersionSelector.LATEST);
    };
  }

  @Override
  public void getModelMetadata(
      GetModelMetadataRequest request, StreamObserver<GetModelMetadataResponse> observer) {
    new Reply<>(observer, () -> subject(request)).now(() -> metadata(request));
  }

  private GetModelMetadataResponse metadata(GetModelMetadataRequest request) {
    String name = RequestFields.modelName("name", request.getName());
    return switch (request.getVersionChoiceCase()) {
      case VERSION -> descriptions.metadata(name, number(request.getVersion()));
      case VERSION_LABEL -> descriptions.metadata(name, label(request.getVersionLabel()));
      case VERSIONCHOICE_NOT_SET -> descriptions.metadata(name, VersionSelector.LATEST);
    };
  }

  @Override
  public void loadModel(LoadModelRequest request, StreamObserver<ModelOperationResponse> observer) {
    new Reply<>(observer, () -> subject(request.getName(), request.getVersion()))
        .later(() -> new AdminCalls(catalog.admin()).load(request));
  }

  @Override
  public void unloadModel(
      UnloadModelRequest request, StreamObserver<ModelOperationResponse> observer) {
    new Reply<>(observer, () -> subject(request.getName(), request.getVersion()))
        .later(() -> new AdminCalls(catalog.admin()).unload(request));
  }

  @Override
  public void reloadModel(
      ReloadModelRequest request, StreamObserver<ModelOperationResponse> observer) {
    new Reply<>(observer, () -> subject(request.getName(), 0))
        .later(() -> new AdminCalls(catalog.admin()).reload(request));
  }

  @Override
  public void setLabel(SetLabelRequest request, StreamObserver<SetLabelResponse> observer) {
    new Reply<>(observer, () -> subject(request.getName(), request.getVersion()))
        .later(() -> new AdminCalls(catalog.admin()).setLabel(request));
  }

  @Override
  public void watchModels(WatchModelsRequest request, StreamObserver<ModelEvent> observer) {
    ModelWatch.begin(catalog.feed(), request, (ServerCallStreamObserver<ModelEvent>) observer);
  }

  private static Map<String, String> subject(String name, long version) {
    return ErrorSubject.ofModel(name)
        .version(version == 0 ? "" : Long.toString(version))
        .toMetadata();
  }

  private static VersionSelector number(long version) {
    return RequestFields.version("version", version);
  }

  private static VersionSelector label(String label) {
    return RequestFields.label("version_label", label);
  }

  private static Map<String, String> subject(GetModelStatusRequest request) {
    String version =
        request.hasVersion() ? Long.toString(request.getVersion()) : request.getVersionLabel();
    return ErrorSubject.ofModel(request.getName()).version(version).toMetadata();
  }

  private static Map<String, String> subject(GetModelMetadataRequest request) {
    String version =
        request.hasVersion() ? Long.toString(request.getVersion()) : request.getVersionLabel();
    return ErrorSubject.ofModel(request.getName()).version(version).toMetadata();
  }
}
