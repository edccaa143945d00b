package io.millrace.client.example;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.ModelReadyRequest;
import io.millrace.v1.DataType;
import io.millrace.v1.ListModelsRequest;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.ModelSummary;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Lists the models, waits for iris, predicts with two of them, and handles an error by its reason.
 */
public final class Quickstart {
  /** Each call has a deadline: without one it waits as long as the server does. */
  private static final long DEADLINE_SECONDS = 5;

  private static final Duration READY_WAIT = Duration.ofSeconds(60);

  private static final float[] SETOSA = {5.1f, 3.5f, 1.4f, 0.2f};

  private static final float[] ONE = {
    0, 0, 0, 15, 12, 1, 0, 0,
    0, 0, 5, 16, 16, 6, 0, 0,
    0, 0, 2, 16, 16, 3, 0, 0,
    0, 0, 2, 16, 16, 1, 0, 0,
    0, 0, 6, 16, 13, 0, 0, 0,
    0, 0, 1, 16, 16, 2, 0, 0,
    0, 0, 3, 16, 15, 3, 0, 0,
    0, 0, 0, 15, 16, 1, 0, 0,
  };

  private final ManagedChannel channel;

  private Quickstart(ManagedChannel channel) {
    this.channel = channel;
  }

  /**
   * Runs against the server at the address in the first argument.
   *
   * @param args host and port, {@code 127.0.0.1:8001} if absent
   * @throws InterruptedException if interrupted while it waits for a model
   */
  public static void main(String[] args) throws InterruptedException {
    String address = args.length > 0 ? args[0] : "127.0.0.1:8001";
    ManagedChannel channel =
        Grpc.newChannelBuilder(address, InsecureChannelCredentials.create()).build();
    int exitCode = 0;
    try {
      new Quickstart(channel).run();
    } catch (StatusRuntimeException e) {
      System.err.println(explain(e, address));
      exitCode = 1;
    } finally {
      channel.shutdownNow();
    }
    System.exit(exitCode);
  }

  private void run() throws InterruptedException {
    listModels();
    waitUntilReady("iris");
    print(predict("iris", tensor("features", List.of(1L, 4L), SETOSA)));
    print(predict("digits", tensor("image", List.of(1L, 8L, 8L), ONE)));
    try {
      predict("iris", tensor("features", List.of(1L, 3L), Arrays.copyOf(SETOSA, 3)));
    } catch (StatusRuntimeException e) {
      if (!reason(e).equals(Optional.of("TENSOR_SHAPE_MISMATCH"))) {
        throw e;
      }
      System.out.println("refused, TENSOR_SHAPE_MISMATCH: " + e.getStatus().getDescription());
    }
  }

  private void listModels() {
    List<ModelSummary> models =
        ModelServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
            .listModels(ListModelsRequest.getDefaultInstance())
            .getModelsList();
    for (ModelSummary model : models) {
      String engine = model.getEngine().isEmpty() ? "not ready" : model.getEngine();
      System.out.println(model.getName() + ": " + engine);
    }
  }

  private void waitUntilReady(String model) throws InterruptedException {
    long began = System.nanoTime();
    while (!isReady(model)) {
      if (System.nanoTime() - began > READY_WAIT.toNanos()) {
        throw Status.DEADLINE_EXCEEDED
            .withDescription(model + " was not READY within " + READY_WAIT.toSeconds() + " s")
            .asRuntimeException();
      }
      Thread.sleep(500);
    }
    System.out.println(model + " is READY");
  }

  private boolean isReady(String model) {
    return GRPCInferenceServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
        .modelReady(ModelReadyRequest.newBuilder().setName(model).build())
        .getReady();
  }

  private PredictResponse predict(String model, Tensor input) {
    return PredictionServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
        .predict(
            PredictRequest.newBuilder()
                .setModelSpec(ModelSpec.newBuilder().setName(model))
                .addInputs(input)
                .build());
  }

  private static Tensor tensor(String name, List<Long> shape, float[] values) {
    Tensor.Builder tensor =
        Tensor.newBuilder().setName(name).setDtype(DataType.DT_FP32).addAllShape(shape);
    for (float value : values) {
      tensor.addFp32Val(value);
    }
    return tensor.build();
  }

  private static void print(PredictResponse response) {
    long label = values(response, "label").getLong();
    ByteBuffer probabilities = values(response, "probabilities");
    float highest = 0;
    while (probabilities.hasRemaining()) {
      highest = Math.max(highest, probabilities.getFloat());
    }
    ModelSpec spec = response.getModelSpec();
    System.out.printf(
        Locale.ROOT,
        "%s version %d: label %d, probability %.2f%n",
        spec.getName(),
        spec.getVersion(),
        label,
        highest);
  }

  /** The values of an output: answers are raw little-endian bytes. */
  private static ByteBuffer values(PredictResponse response, String name) {
    return response.getOutputsList().stream()
        .filter(output -> output.getName().equals(name))
        .findFirst()
        .orElseThrow()
        .getRaw()
        .asReadOnlyByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
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

  /**
   * What went wrong, for a person. A refusal by the server has a reason, an absent server has none.
   */
  private static String explain(StatusRuntimeException failure, String address) {
    Status status = failure.getStatus();
    if (status.getCode() == Status.Code.UNAVAILABLE && reason(failure).isEmpty()) {
      return "no server answers at " + address;
    }
    return status.getCode() + ": " + status.getDescription();
  }
}
