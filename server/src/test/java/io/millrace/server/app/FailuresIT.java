package io.millrace.server.app;

import static io.millrace.server.app.Calls.assertFailure;
import static io.millrace.server.app.Calls.failure;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Value;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.RepositoryIndexRequest;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that cannot be answered are refused with the code and the reason of the contract. */
final class FailuresIT {
  @TempDir private static Path temp;
  private static RunningServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() {
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "two-sizes", 1, "two-sizes.onnx");
    Repositories.write(repository.resolve("broken/1/model.onnx"), "not a model");
    server = RunningServer.start(repository, "--scan-interval", "100ms");
    channel = server.channel();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static PredictRequest.Builder tiny() {
    return Calls.whichVersion("tiny").toBuilder();
  }

  private static PredictRequest.Builder named(String model) {
    return Calls.whichVersion(model).toBuilder();
  }

  private static PredictRequest.Builder with(Tensor.Builder input) {
    return tiny().setInputs(0, input);
  }

  private static Tensor.Builder x() {
    return Calls.whichVersion("tiny").getInputs(0).toBuilder();
  }

  private static PredictRequest.Builder many(int inputs) {
    PredictRequest.Builder request = tiny();
    for (int i = 0; i < inputs; i++) {
      request.addInputs(x().setName("x" + i));
    }
    return request;
  }

  private static PredictRequest.Builder manyParameters() {
    PredictRequest.Builder request = tiny();
    for (int i = 0; i < 65; i++) {
      request.putParameters("p" + i, Value.newBuilder().setBoolValue(true).build());
    }
    return request;
  }

  private static PredictRequest.Builder twoSizes() {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("two-sizes"))
        .addInputs(
            Tensor.newBuilder()
                .setName("a")
                .setDtype(DataType.DT_FP32)
                .addShape(2)
                .addAllFp32Val(List.of(1f, 2f)))
        .addInputs(
            Tensor.newBuilder()
                .setName("b")
                .setDtype(DataType.DT_FP32)
                .addShape(3)
                .addAllFp32Val(List.of(1f, 2f, 3f)));
  }

  static Stream<Arguments> requests() {
    Status.Code invalid = Status.Code.INVALID_ARGUMENT;
    return Stream.of(
        refused(named("../tiny"), invalid, "REQUEST_MALFORMED", "'../tiny'"),
        refused(named("nobody"), Status.Code.NOT_FOUND, "MODEL_NOT_FOUND", "'nobody'"),
        refused(versioned(9), Status.Code.NOT_FOUND, "VERSION_NOT_FOUND", "version 9", "'tiny'"),
        refused(labelled("best"), Status.Code.NOT_FOUND, "VERSION_NOT_FOUND", "'best'", "'tiny'"),
        refused(
            named("broken"),
            Status.Code.FAILED_PRECONDITION,
            "MODEL_LOAD_FAILED",
            "'broken'",
            "model.onnx"),
        refused(
            with(x().clearShape().addShape(2)),
            invalid,
            "TENSOR_SHAPE_MISMATCH",
            "'x'",
            "expected shape [-1, 2]",
            "got [2]"),
        refused(
            with(x().setDtype(DataType.DT_FP64).clearFp32Val().addFp64Val(1).addFp64Val(2)),
            invalid,
            "TENSOR_DTYPE_MISMATCH",
            "'x'",
            "expected FP32",
            "got FP64"),
        refused(with(x().addFp32Val(3)), invalid, "TENSOR_SIZE_MISMATCH", "'x'", "2", "got 3"),
        refused(tiny().clearInputs(), invalid, "TENSOR_MISSING", "'x' FP32 [-1, 2]"),
        refused(tiny().addInputs(x()), invalid, "TENSOR_DUPLICATE", "'x'"),
        refused(tiny().addInputs(x().setName("z")), invalid, "REQUEST_MALFORMED", "'z'", "'x'"),
        refused(tiny().addOutputFilter("z"), invalid, "REQUEST_MALFORMED", "'z'", "'version'"),
        refused(manyParameters(), invalid, "PARAMETER_INVALID", "65", "64"),
        refused(many(64), Status.Code.RESOURCE_EXHAUSTED, "TOO_MANY_TENSORS", "65", "64"),
        refused(twoSizes(), Status.Code.INTERNAL, "ENGINE_ERROR", "failed on this input"));
  }

  private static PredictRequest.Builder versioned(long version) {
    return tiny().setModelSpec(ModelSpec.newBuilder().setName("tiny").setVersion(version));
  }

  private static PredictRequest.Builder labelled(String label) {
    return tiny().setModelSpec(ModelSpec.newBuilder().setName("tiny").setVersionLabel(label));
  }

  private static Arguments refused(
      PredictRequest.Builder request, Status.Code code, String reason, String... words) {
    return Arguments.of(reason, request.build(), code, words);
  }

  @ParameterizedTest(name = "{0} {index}")
  @MethodSource("requests")
  void aRequest_isRefusedWithCodeReasonAndWords(
      String reason, PredictRequest request, Status.Code code, String[] words) {
    StatusRuntimeException failure = failure(() -> Calls.predict(channel, request));

    assertFailure(failure, code, reason);
    assertThat(failure.getStatus().getDescription())
        .contains(words)
        .doesNotContain(temp.toString(), "io.millrace", "onnxruntime.", "Exception");
  }

  @Test
  void whatTheServerDoesNotDo_isUnimplemented() {
    assertFailure(
        failure(
            () ->
                GRPCInferenceServiceGrpc.newBlockingStub(channel)
                    .repositoryIndex(
                        RepositoryIndexRequest.newBuilder().setRepositoryName("other").build())),
        Status.Code.UNIMPLEMENTED,
        "UNSUPPORTED_OPERATION");
  }
}
