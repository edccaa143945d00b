package io.millrace.server.bench;

import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferInputTensor;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.Tensor;

/** A request as it travels by one of the protocols. */
final class RequestBytes {
  private RequestBytes() {}

  static byte[] of(PredictRequest request, Protocol protocol) throws BenchException {
    return switch (protocol) {
      case PREDICT -> request.toByteArray();
      case INFER -> infer(request).toByteArray();
      case REST -> JsonBody.predict(request);
      case REST_INFER -> JsonBody.infer(request);
    };
  }

  private static ModelInferRequest infer(PredictRequest request) throws BenchException {
    ModelInferRequest.Builder infer =
        ModelInferRequest.newBuilder()
            .setModelName(request.getModelSpec().getName())
            .setModelVersion(version(request));
    for (Tensor tensor : request.getInputsList()) {
      infer
          .addInputs(
              InferInputTensor.newBuilder()
                  .setName(tensor.getName())
                  .setDatatype(TensorValues.dtype(tensor).name())
                  .addAllShape(tensor.getShapeList()))
          .addRawInputContents(TensorValues.raw(tensor));
    }
    return infer.build();
  }

  /** The chosen version as the Open Inference Protocol writes it: empty for none. */
  static String version(PredictRequest request) {
    long version = request.getModelSpec().getVersion();
    return version == 0 ? "" : Long.toString(version);
  }
}
