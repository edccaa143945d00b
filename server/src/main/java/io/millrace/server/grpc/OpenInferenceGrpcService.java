package io.millrace.server.grpc;

import io.grpc.stub.StreamObserver;
import io.millrace.openinference.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import io.millrace.openinference.ModelConfigRequest;
import io.millrace.openinference.ModelConfigResponse;
import io.millrace.openinference.ModelMetadataRequest;
import io.millrace.openinference.ModelMetadataResponse;
import io.millrace.openinference.ModelReadyRequest;
import io.millrace.openinference.ModelReadyResponse;
import io.millrace.openinference.ModelStatisticsRequest;
import io.millrace.openinference.ModelStatisticsResponse;
import io.millrace.openinference.RepositoryIndexRequest;
import io.millrace.openinference.RepositoryIndexResponse;
import io.millrace.openinference.RepositoryModelLoadRequest;
import io.millrace.openinference.RepositoryModelLoadResponse;
import io.millrace.openinference.RepositoryModelUnloadRequest;
import io.millrace.openinference.RepositoryModelUnloadResponse;
import io.millrace.openinference.ServerLiveRequest;
import io.millrace.openinference.ServerLiveResponse;
import io.millrace.openinference.ServerMetadataRequest;
import io.millrace.openinference.ServerMetadataResponse;
import io.millrace.openinference.ServerReadyRequest;
import io.millrace.openinference.ServerReadyResponse;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * {@code inference.GRPCInferenceService}: the Open Inference Protocol, version 2, with what Triton
 * adds to it, without ModelInfer, which is an {@link InferenceMethod}. Thread-safe.
 */
final class OpenInferenceGrpcService extends GRPCInferenceServiceImplBase {
  private static final String SERVER_NAME = "millrace";

  /** In Triton's words. Clients call what is named here and fail if it is missing. */
  private static final List<String> EXTENSIONS =
      List.of("model_repository", "schedule_policy", "model_configuration", "statistics");

  private final ModelCatalog catalog;
  private final OpenInferenceModels models;
  private final OpenInferenceStatistics statistics;
  private final BooleanSupplier ready;
  private final String version;

  /**
   * @param ready whether the server is ready for calls
   * @param version of the server
   */
  OpenInferenceGrpcService(ModelCatalog catalog, BooleanSupplier ready, String version) {
    this.catalog = catalog;
    this.models = new OpenInferenceModels(catalog);
    this.statistics = new OpenInferenceStatistics(catalog);
    this.ready = ready;
    this.version = version;
  }

  @Override
  public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> observer) {
    answer(observer, () -> ServerLiveResponse.newBuilder().setLive(true).build());
  }

  @Override
  public void serverReady(
      ServerReadyRequest request, StreamObserver<ServerReadyResponse> observer) {
    answer(observer, () -> ServerReadyResponse.newBuilder().setReady(ready.getAsBoolean()).build());
  }

  @Override
  public void serverMetadata(
      ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
    answer(
        observer,
        () ->
            ServerMetadataResponse.newBuilder()
                .setName(SERVER_NAME)
                .setVersion(version)
                .addAllExtensions(EXTENSIONS)
                .build());
  }

  @Override
  public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
    new Reply<>(observer, () -> subject(request.getName(), request.getVersion()))
        .now(
            () ->
                ModelReadyResponse.newBuilder()
                    .setReady(models.isReady(request.getName(), request.getVersion()))
                    .build());
  }

  @Override
  public void modelMetadata(
      ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> observer) {
    new Reply<>(observer, () -> subject(request.getName(), request.getVersion()))
        .now(() -> models.metadata(request.getName(), request.getVersion()));
  }

  @Override
  public void modelConfig(
      ModelConfigRequest request, StreamObserver<ModelConfigResponse> observer) {
    new Reply<>(observer, () -> subject(request.getName(), request.getVersion()))
        .now(() -> models.config(request.getName(), request.getVersion()));
  }

  @Override
  public void modelStatistics(
      ModelStatisticsRequest request, StreamObserver<ModelStatisticsResponse> observer) {
    new Reply<>(observer, () -> subject(request.getName(), request.getVersion()))
        .now(() -> statistics.of(request.getName(), request.getVersion()));
  }

  @Override
  public void repositoryIndex(
      RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> observer) {
    answer(
        observer,
        () -> {
          RequestFields.requireNoRepository(request.getRepositoryName());
          return models.index(request.getReady());
        });
  }

  @Override
  public void repositoryModelLoad(
      RepositoryModelLoadRequest request, StreamObserver<RepositoryModelLoadResponse> observer) {
    new Reply<>(observer, () -> subject(RepositoryOrders.Named.in(request).model(), ""))
        .later(() -> new RepositoryOrders(catalog.admin()).load(request));
  }

  @Override
  public void repositoryModelUnload(
      RepositoryModelUnloadRequest request,
      StreamObserver<RepositoryModelUnloadResponse> observer) {
    new Reply<>(observer, () -> subject(RepositoryOrders.Named.in(request).model(), ""))
        .later(() -> new RepositoryOrders(catalog.admin()).unload(request));
  }

  private static <T> void answer(StreamObserver<T> observer, Supplier<T> work) {
    new Reply<>(observer, Map::of).now(work);
  }

  private static Map<String, String> subject(String model, String version) {
    return ErrorSubject.ofModel(model).version(version).toMetadata();
  }
}
