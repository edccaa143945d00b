package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferInputTensor;
import io.millrace.openinference.ModelStatistics;
import io.millrace.openinference.ModelStatisticsRequest;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What Triton's clients ask a server, in a line each. */
record TritonClient(ManagedChannel channel) {
  GRPCInferenceServiceBlockingStub stub() {
    return GRPCInferenceServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  static InferInputTensor input(String name, long... shape) {
    InferInputTensor.Builder input = InferInputTensor.newBuilder().setName(name);
    for (long size : shape) {
      input.addShape(size);
    }
    return input.setDatatype("FP32").build();
  }

  static ByteString floats(long count) {
    return ByteString.copyFrom(new byte[(int) count * Float.BYTES]);
  }

  static ModelInferRequest rows(String model, String version, long rows) {
    return ModelInferRequest.newBuilder()
        .setModelName(model)
        .setModelVersion(version)
        .addInputs(input("x", rows, 2))
        .addRawInputContents(floats(rows * 2))
        .build();
  }

  ModelStatistics statistics(String model, String version) {
    List<ModelStatistics> statistics =
        stub()
            .modelStatistics(
                ModelStatisticsRequest.newBuilder().setName(model).setVersion(version).build())
            .getModelStatsList();
    assertThat(statistics).hasSize(1);
    return statistics.get(0);
  }

  static void assertRefused(ThrowingCallable call, Status.Code code) {
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(e.getStatus().getCode()).isEqualTo(code));
  }
}
