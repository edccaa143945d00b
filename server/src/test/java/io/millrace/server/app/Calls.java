package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.millrace.server.bench.BytesMarshaller;
import io.millrace.v1.DataType;
import io.millrace.v1.GetModelStatusRequest;
import io.millrace.v1.ModelServiceGrpc;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.ModelVersionStatus;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.State;
import io.millrace.v1.Tensor;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What the tests ask a server, in a line each. */
final class Calls {
  private static final BytesMarshaller BYTES = new BytesMarshaller();
  private static final long DEADLINE_SECONDS = 30;
  private static final long PATIENCE_SECONDS = 30;

  private Calls() {}

  /**
   * A request for the fixture {@code constant-version-*}, which answers its own number as {@code
   * version}.
   */
  static PredictRequest whichVersion(String model) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName(model))
        .addInputs(
            Tensor.newBuilder()
                .setName("x")
                .setDtype(DataType.DT_FP32)
                .addAllShape(List.of(1L, 2L))
                .addAllFp32Val(List.of(1f, 2f)))
        .build();
  }

  static PredictResponse predict(ManagedChannel channel, PredictRequest request) {
    return PredictionServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
        .predict(request);
  }

  /** Calls a method by its name alone, with a message that is bytes already. */
  static byte[] unary(ManagedChannel channel, String method, byte[] request) {
    return ClientCalls.blockingUnaryCall(
        channel,
        MethodDescriptor.newBuilder(BYTES, BYTES)
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(method)
            .build(),
        CallOptions.DEFAULT.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS),
        request);
  }

  static List<ModelVersionStatus> status(ManagedChannel channel, String model) {
    return ModelServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
        .getModelStatus(GetModelStatusRequest.newBuilder().setName(model).build())
        .getModelVersionStatusList();
  }

  /** UNKNOWN for a version or model that the server does not know. */
  static State state(ManagedChannel channel, String model, long version) {
    try {
      return status(channel, model).stream()
          .filter(status -> status.getVersion() == version)
          .map(ModelVersionStatus::getState)
          .findFirst()
          .orElse(State.UNKNOWN);
    } catch (StatusRuntimeException e) {
      return State.UNKNOWN;
    }
  }

  static void awaitState(ManagedChannel channel, String model, long version, State expected) {
    await(
        "%s/%d to be %s".formatted(model, version, expected),
        () -> state(channel, model, version) == expected);
  }

  /** Asks until it holds: the server works on threads and a clock of its own. */
  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited in vain for " + what);
      }
      try {
        TimeUnit.MILLISECONDS.sleep(20);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** How a call ended, which must have failed. */
  static StatusRuntimeException failure(ThrowingCallable call) {
    StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(failure).as("a failure").isNotNull();
    return failure;
  }

  static void assertFailure(StatusRuntimeException failure, Status.Code code, String reason) {
    assertThat(failure.getStatus().getCode()).as("%s", failure).isEqualTo(code);
    assertThat(reason(failure)).isEqualTo(reason);
  }

  static String reason(StatusRuntimeException failure) {
    com.google.rpc.Status status = StatusProto.fromThrowable(failure);
    return status.getDetailsList().stream()
        .filter(detail -> detail.is(ErrorInfo.class))
        .map(
            detail -> {
              try {
                return detail.unpack(ErrorInfo.class).getReason();
              } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException(e);
              }
            })
        .findFirst()
        .orElse("");
  }

  static Tensor output(PredictResponse response, String name) {
    return response.getOutputsList().stream()
        .filter(tensor -> tensor.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no output " + name));
  }

  static long int64(PredictResponse response, String name, int index) {
    return output(response, name)
        .getRaw()
        .asReadOnlyByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN)
        .getLong(index * Long.BYTES);
  }

  static float fp32(PredictResponse response, String name, int index) {
    return output(response, name)
        .getRaw()
        .asReadOnlyByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN)
        .getFloat(index * Float.BYTES);
  }
}
