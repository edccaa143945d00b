package io.millrace.client.example;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.millrace.v1.DataType;
import io.millrace.v1.ListModelsRequest;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.ModelSummary;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.PredictionServiceGrpc.PredictionServiceBlockingStub;
import io.millrace.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Lists the models, asks iris for a prediction, and reads the reason of an error. */
public final class Quickstart {
  private static final long DEADLINE_SECONDS = 5;

  private Quickstart() {}

  /**
   * Runs against the server at the address in the first argument.
   *
   * @param args host and port, {@code 127.0.0.1:8001} if absent
   */
  public static void main(String[] args) {
    String address = args.length > 0 ? args[0] : "127.0.0.1:8001";
    ManagedChannel channel =
        Grpc.newChannelBuilder(address, InsecureChannelCredentials.create()).build();
    try {
      listModels(channel);
      predict(channel);
      handleError(channel);
    } finally {
      channel.shutdownNow();
    }
  }

  private static void listModels(ManagedChannel channel) {
    List<ModelSummary> models =
        ModelServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
            .listModels(ListModelsRequest.getDefaultInstance())
            .getModelsList();
    models.forEach(
        model -> System.out.printf("%s, run by %s%n", model.getName(), model.getEngine()));
  }

  private static void predict(ManagedChannel channel) {
    Tensor features =
        Tensor.newBuilder()
            .setName("features")
            .setDtype(DataType.DT_FP32)
            .addAllShape(List.of(1L, 4L))
            .addAllFp32Val(List.of(5.1f, 3.5f, 1.4f, 0.2f))
            .build();
    PredictResponse response =
        stub(channel)
            .predict(
                PredictRequest.newBuilder()
                    .setModelSpec(ModelSpec.newBuilder().setName("iris"))
                    .addInputs(features)
                    .build());
    for (Tensor output : response.getOutputsList()) {
      if (output.getDtype() == DataType.DT_INT64) {
        ByteBuffer values = output.getRaw().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        System.out.printf(
            "iris version %d: %s = %d%n",
            response.getModelSpec().getVersion(), output.getName(), values.getLong());
      }
    }
  }

  private static void handleError(ManagedChannel channel) {
    try {
      stub(channel)
          .predict(
              PredictRequest.newBuilder()
                  .setModelSpec(ModelSpec.newBuilder().setName("no-such-model"))
                  .build());
    } catch (StatusRuntimeException e) {
      System.out.printf(
          "%s, reason %s%n", e.getStatus().getCode(), reason(e).orElse("(none given)"));
    }
  }

  /** Programs go by the reason; the message is for people. */
  private static Optional<String> reason(StatusRuntimeException failure) {
    return StatusProto.fromThrowable(failure).getDetailsList().stream()
        .filter(detail -> detail.is(ErrorInfo.class))
        .findFirst()
        .map(
            detail -> {
              try {
                return detail.unpack(ErrorInfo.class).getReason();
              } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException(e);
              }
            });
  }

  private static PredictionServiceBlockingStub stub(ManagedChannel channel) {
    return PredictionServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }
}
