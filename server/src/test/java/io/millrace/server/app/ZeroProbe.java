package io.millrace.server.app;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.millrace.v1.DataType;
import io.millrace.v1.GetModelMetadataRequest;
import io.millrace.v1.ListModelsRequest;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.ModelSummary;
import io.millrace.v1.ModelVersionStatus;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.State;
import io.millrace.v1.Tensor;
import io.millrace.v1.TensorSpec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.concurrent.TimeUnit;

/**
 * A program that asks a server for its health and has every available version answer one request of
 * zeros or empty strings. Started by tests inside another network namespace; prints what it did.
 */
final class ZeroProbe {
  private final ManagedChannel channel;

  private ZeroProbe(ManagedChannel channel) {
    this.channel = channel;
  }

  public static void main(String[] arguments) throws Exception {
    NetworkInterface.networkInterfaces()
        .forEach(network -> System.out.println("network " + network.getName()));
    InetSocketAddress server =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
    ManagedChannel channel = NettyChannelBuilder.forAddress(server).usePlaintext().build();
    try {
      new ZeroProbe(channel).run();
    } finally {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  private void run() {
    var health = HealthGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
    System.out.println(
        "health " + health.check(HealthCheckRequest.getDefaultInstance()).getStatus());
    var models = ModelServiceGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
    for (ModelSummary model :
        models.listModels(ListModelsRequest.getDefaultInstance()).getModelsList()) {
      for (ModelVersionStatus status : model.getModelVersionStatusList()) {
        if (status.getState() == State.AVAILABLE) {
          predict(model.getName(), status.getVersion());
        }
      }
    }
  }

  private void predict(String name, long version) {
    var models = ModelServiceGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
    PredictRequest.Builder request =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName(name).setVersion(version));
    models
        .getModelMetadata(
            GetModelMetadataRequest.newBuilder().setName(name).setVersion(version).build())
        .getInputsList()
        .forEach(input -> request.addInputs(zeros(input)));
    PredictResponse response =
        PredictionServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(60, TimeUnit.SECONDS)
            .predict(request.build());
    System.out.println(
        "answer %s %d with %d outputs".formatted(name, version, response.getOutputsCount()));
  }

  /** One row where the size is free. */
  private static Tensor zeros(TensorSpec input) {
    Tensor.Builder tensor = Tensor.newBuilder().setName(input.getName()).setDtype(input.getDtype());
    int elements = 1;
    for (long size : input.getShapeList()) {
      tensor.addShape(Math.max(size, 1));
      elements *= (int) Math.max(size, 1);
    }
    return tensor
        .setRaw(ByteString.copyFrom(new byte[elements * widthOf(input.getDtype())]))
        .build();
  }

  /** An empty string is four bytes: its length, zero. */
  private static int widthOf(DataType type) {
    return switch (type) {
      case DT_BOOL, DT_UINT8, DT_INT8 -> 1;
      case DT_UINT16, DT_INT16, DT_FP16, DT_BF16 -> 2;
      case DT_UINT32, DT_INT32, DT_FP32, DT_BYTES -> 4;
      case DT_UINT64, DT_INT64, DT_FP64 -> 8;
      case DT_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("type " + type);
    };
  }
}
