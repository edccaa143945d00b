package io.millrace.server.grpc;

import io.grpc.stub.StreamObserver;
import io.millrace.tensorflow.serving.GetModelMetadataRequest;
import io.millrace.tensorflow.serving.GetModelMetadataResponse;
import io.millrace.tensorflow.serving.PredictionServiceGrpc;
import io.millrace.tensorflow.serving.PredictionServiceGrpc.PredictionServiceImplBase;

/**
 * {@code tensorflow.serving.PredictionService}, without Predict, Classify and Regress, each of
 * which is an {@link InferenceMethod}. Thread-safe.
 */
final class TensorFlowPredictionService extends PredictionServiceImplBase {
  static final String NAME = PredictionServiceGrpc.SERVICE_NAME;

  private final ModelCatalog catalog;

  TensorFlowPredictionService(ModelCatalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void getModelMetadata(
      GetModelMetadataRequest request, StreamObserver<GetModelMetadataResponse> observer) {
    TensorFlowModelSpec spec = new TensorFlowModelSpec(request.getModelSpec());
    new Reply<>(observer, spec::subject)
        .now(
            () -> {
              String model = spec.model();
              TensorFlowSignature.requireKnownFields(request);
              return TensorFlowSignature.encode(catalog.served(model, spec.version()));
            });
  }
}
