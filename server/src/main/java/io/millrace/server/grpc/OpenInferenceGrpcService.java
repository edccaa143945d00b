package io.millrace.server.grpc;

import io.grpc.stub.StreamObserver;
import io.millrace.openinference.CudaSharedMemoryRegisterRequest;
import io.millrace.openinference.CudaSharedMemoryRegisterResponse;
import io.millrace.openinference.CudaSharedMemoryStatusRequest;
import io.millrace.openinference.CudaSharedMemoryStatusResponse;
import io.millrace.openinference.CudaSharedMemoryUnregisterRequest;
import io.millrace.openinference.CudaSharedMemoryUnregisterResponse;
import io.millrace.openinference.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import io.millrace.openinference.LogSettingsRequest;
import io.millrace.openinference.LogSettingsResponse;
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
import io.millrace.openinference.SystemSharedMemoryRegisterRequest;
import io.millrace.openinference.SystemSharedMemoryRegisterResponse;
import io.millrace.openinference.SystemSharedMemoryStatusRequest;
import io.millrace.openinference.SystemSharedMemoryStatusResponse;
import io.millrace.openinference.SystemSharedMemoryUnregisterRequest;
import io.millrace.openinference.SystemSharedMemoryUnregisterResponse;
import io.millrace.openinference.TraceSettingRequest;
import io.millrace.openinference.TraceSettingResponse;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * {@code inference.GRPCInferenceService}: the Open Inference Protocol, version 2, with what Triton
 * adds to it, without ModelInfer, which is an {@link InferenceMethod}, and ModelStreamInfer, which
 * is a {@link StreamedInference}. Thread-safe.
 */
final class OpenInferenceGrpcService extends GRPCInferenceServiceImplBase {
  private static final String SERVER_NAME = "millrace";

  /** In Triton's words. Clients call what is named here and fail if it is missing. */
  private static final List<String> EXTENSIONS =
      List.of(
          "classification",
          "binary_tensor_data",
          "model_repository",
          "schedule_policy",
          "model_configuration",
          "statistics");

  private static final String NO_SHARED_MEMORY =
      "this server shares no memory with its clients; send tensors in the request, best as"
          + " raw_input_contents";
  private static final String FIXED_TRACES =
      "traces are set up when the server starts, by the variables OTEL_*; to read the settings,"
          + " send none";
  private static final String FIXED_LOG =
      "the log is set up when the server starts, by --log-format and --access-log; to read the"
          + " settings, send none";

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

  @Override
  public void systemSharedMemoryStatus(
      SystemSharedMemoryStatusRequest request,
      StreamObserver<SystemSharedMemoryStatusResponse> observer) {
    answer(observer, SystemSharedMemoryStatusResponse::getDefaultInstance);
  }

  @Override
  public void systemSharedMemoryRegister(
      SystemSharedMemoryRegisterRequest request,
      StreamObserver<SystemSharedMemoryRegisterResponse> observer) {
    refuse(observer, NO_SHARED_MEMORY);
  }

  @Override
  public void systemSharedMemoryUnregister(
      SystemSharedMemoryUnregisterRequest request,
      StreamObserver<SystemSharedMemoryUnregisterResponse> observer) {
    answer(observer, SystemSharedMemoryUnregisterResponse::getDefaultInstance);
  }

  @Override
  public void cudaSharedMemoryStatus(
      CudaSharedMemoryStatusRequest request,
      StreamObserver<CudaSharedMemoryStatusResponse> observer) {
    answer(observer, CudaSharedMemoryStatusResponse::getDefaultInstance);
  }

  @Override
  public void cudaSharedMemoryRegister(
      CudaSharedMemoryRegisterRequest request,
      StreamObserver<CudaSharedMemoryRegisterResponse> observer) {
    refuse(observer, NO_SHARED_MEMORY);
  }

  @Override
  public void cudaSharedMemoryUnregister(
      CudaSharedMemoryUnregisterRequest request,
      StreamObserver<CudaSharedMemoryUnregisterResponse> observer) {
    answer(observer, CudaSharedMemoryUnregisterResponse::getDefaultInstance);
  }

  @Override
  public void traceSetting(
      TraceSettingRequest request, StreamObserver<TraceSettingResponse> observer) {
    if (request.getSettingsCount() > 0) {
      refuse(observer, FIXED_TRACES);
    } else {
      answer(observer, TraceSettingResponse::getDefaultInstance);
    }
  }

  @Override
  public void logSettings(
      LogSettingsRequest request, StreamObserver<LogSettingsResponse> observer) {
    if (request.getSettingsCount() > 0) {
      refuse(observer, FIXED_LOG);
    } else {
      answer(observer, LogSettingsResponse::getDefaultInstance);
    }
  }

  private static <T> void answer(StreamObserver<T> observer, Supplier<T> work) {
    new Reply<>(observer, Map::of).now(work);
  }

  private static <T> void refuse(StreamObserver<T> observer, String why) {
    answer(
        observer,
        () -> {
          throw ServingException.refusal(Reason.UNSUPPORTED_OPERATION, why);
        });
  }

  private static Map<String, String> subject(String model, String version) {
    return ErrorSubject.ofModel(model).version(version).toMetadata();
  }
}
