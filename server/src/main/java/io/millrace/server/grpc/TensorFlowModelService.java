package io.millrace.server.grpc;

import com.google.rpc.Code;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import io.millrace.server.lifecycle.Configuration;
import io.millrace.server.lifecycle.VersionState;
import io.millrace.server.lifecycle.VersionStatus;
import io.millrace.tensorflow.serving.GetModelStatusRequest;
import io.millrace.tensorflow.serving.GetModelStatusResponse;
import io.millrace.tensorflow.serving.ModelServiceGrpc;
import io.millrace.tensorflow.serving.ModelServiceGrpc.ModelServiceImplBase;
import io.millrace.tensorflow.serving.ModelVersionStatus;
import io.millrace.tensorflow.serving.ReloadConfigRequest;
import io.millrace.tensorflow.serving.ReloadConfigResponse;
import io.millrace.tensorflow.serving.StatusProto;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * {@code tensorflow.serving.ModelService}: tells how models fare and takes the configuration of
 * operators. Thread-safe.
 */
final class TensorFlowModelService extends ModelServiceImplBase {
  static final String NAME = ModelServiceGrpc.SERVICE_NAME;

  private static final ReloadConfigResponse RELOADED =
      ReloadConfigResponse.newBuilder().setStatus(StatusProto.getDefaultInstance()).build();

  private final ModelCatalog catalog;
  private final Optional<Path> repository;

  /**
   * @param repository the folder of models, as callers name it
   */
  TensorFlowModelService(ModelCatalog catalog, Optional<Path> repository) {
    this.catalog = catalog;
    this.repository = repository;
  }

  @Override
  public void getModelStatus(
      GetModelStatusRequest request, StreamObserver<GetModelStatusResponse> observer) {
    TensorFlowModelSpec spec = new TensorFlowModelSpec(request.getModelSpec());
    new Reply<>(observer, spec::subject)
        .now(
            () -> {
              GetModelStatusResponse.Builder response = GetModelStatusResponse.newBuilder();
              new ModelDescriptions(catalog)
                  .versions(spec.model(), spec.version())
                  .forEach(version -> response.addModelVersionStatus(encode(version)));
              return response.build();
            });
  }

  private static ModelVersionStatus encode(VersionStatus status) {
    return ModelVersionStatus.newBuilder()
        .setVersion(status.id().version())
        .setState(state(status.state()))
        .setStatus(problem(status))
        .build();
  }

  /** The two services number the states alike. */
  private static ModelVersionStatus.State state(VersionState state) {
    return ModelVersionStatus.State.forNumber(VersionStatusCodec.state(state).getNumber());
  }

  private static StatusProto problem(VersionStatus status) {
    return status
        .problem()
        .map(
            problem ->
                StatusProto.newBuilder()
                    .setErrorCode(Code.forNumber(StatusMapper.codeOf(problem.reason()).value()))
                    .setErrorMessage(problem.getMessage())
                    .build())
        .orElseGet(() -> StatusProto.newBuilder().setErrorMessage(status.alarm()).build());
  }

  @Override
  public void handleReloadConfigRequest(
      ReloadConfigRequest request, StreamObserver<ReloadConfigResponse> observer) {
    new Reply<>(observer, Map::of)
        .later(
            () -> {
              List<WantedModel> models = WantedModel.listed(request.getConfig(), repository);
              return catalog
                  .admin()
                  .configure(configuration(models), Context.current()::isCancelled)
                  .thenApply(done -> RELOADED);
            });
  }

  private static Configuration configuration(List<WantedModel> models) {
    return new Configuration(
        models.stream().collect(Collectors.toMap(WantedModel::name, WantedModel::asListed)));
  }
}
