package io.millrace.benchmarks;

import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.millrace.v1.DataType;
import io.millrace.v1.GetModelStatusRequest;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.ModelVersionStatus;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.Tensor;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks a server by gRPC for {@link StampedModel} and how its versions fare. Thread-safe. */
final class StampedClient implements AutoCloseable {
  static final Duration DEADLINE = Duration.ofSeconds(30);

  private static final PredictRequest REQUEST = request(StampedModel.NAME);
  private static final PredictRequest OF_NEIGHBOUR = request(Workload.LINEAR.model());

  private final ManagedChannel channel;

  StampedClient(StressServer server) {
    channel = Grpc.newChannelBuilder(server.grpc(), InsecureChannelCredentials.create()).build();
  }

  private static PredictRequest request(String model) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName(model))
        .addInputs(
            Tensor.newBuilder()
                .setName(RawModel.INPUT)
                .setDtype(DataType.DT_FP32)
                .addShape(1)
                .addShape(3)
                .setRaw(ByteString.copyFrom(new byte[3 * Float.BYTES])))
        .build();
  }

  private PredictResponse predict(PredictRequest request) {
    return PredictionServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE.toSeconds(), TimeUnit.SECONDS)
        .predict(request);
  }

  /** The version that answers, by its own word; -1 if the server names another. */
  double version() {
    PredictResponse response = predict(REQUEST);
    float answer =
        response
            .getOutputs(0)
            .getRaw()
            .asReadOnlyByteBuffer()
            .order(ByteOrder.LITTLE_ENDIAN)
            .getFloat();
    return answer == response.getModelSpec().getVersion() ? answer : -1;
  }

  /** The version of the model beside it that answers, as the server names it. */
  double neighbour() {
    return predict(OF_NEIGHBOUR).getModelSpec().getVersion();
  }

  /** How a version fares; empty while the server does not know it. */
  Optional<ModelVersionStatus> status(long version) {
    return ModelServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE.toSeconds(), TimeUnit.SECONDS)
        .getModelStatus(GetModelStatusRequest.newBuilder().setName(StampedModel.NAME).build())
        .getModelVersionStatusList()
        .stream()
        .filter(status -> status.getVersion() == version)
        .findFirst();
  }

  /** Does not wait for calls that are under way. */
  @Override
  public void close() {
    channel.shutdownNow();
  }
}
