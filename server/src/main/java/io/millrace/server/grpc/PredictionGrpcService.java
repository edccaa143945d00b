package io.millrace.server.grpc;

import io.grpc.stub.StreamObserver;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc.PredictionServiceImplBase;
import java.util.Map;

/** {@code millrace.v1.PredictionService}: runs models. Thread-safe. */
final class PredictionGrpcService extends PredictionServiceImplBase {
  private final InferenceDoor door;

  PredictionGrpcService(InferenceDoor door) {
    this.door = door;
  }

  @Override
  public void predict(PredictRequest request, StreamObserver<PredictResponse> observer) {
    new Reply<>(observer, () -> subject(request))
        .later(
            () ->
                door.run(PredictCodec.decode(request, door.patience(observer)))
                    .thenApply(response -> PredictCodec.encode(request.getId(), response)));
  }

  private static Map<String, String> subject(PredictRequest request) {
    ModelSpec spec = request.getModelSpec();
    ErrorSubject subject = ErrorSubject.ofModel(spec.getName()).requestId(request.getId());
    return switch (spec.getVersionChoiceCase()) {
      case VERSION -> subject.version(Long.toString(spec.getVersion())).toMetadata();
      case VERSION_LABEL -> subject.version(spec.getVersionLabel()).toMetadata();
      case VERSIONCHOICE_NOT_SET -> subject.toMetadata();
    };
  }
}
