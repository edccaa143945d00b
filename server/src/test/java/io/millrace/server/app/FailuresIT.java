package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Value;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.RepositoryIndexRequest;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.State;
import io.millrace.v1.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Failures reach the caller with the code and the reason of the contract, from a real server. */
final class FailuresIT {
  @TempDir private static Path temp;
  private static Path repository;
  private static RunningServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "two-sizes", 1, "two-sizes.onnx");
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    Repositories.write(repository.resolve("slow/config.yaml"), "instances: {count: 1}\n");
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

  private static StatusRuntimeException failure(ThrowingCallable call) {
    StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(failure).as("a failure").isNotNull();
    return failure;
  }

  private static void assertFailure(
      StatusRuntimeException failure, Status.Code code, String reason) {
    assertThat(failure.getStatus().getCode()).as("%s", failure).isEqualTo(code);
    assertThat(Calls.reason(failure)).isEqualTo(reason);
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

  @Test
  void aModelOnItsWay_isLoading() {
    // The first TorchScript version brings libtorch with it, which takes long.
    Repositories.copy(
        RunningServer.CHECKOUT.resolve("model-repo/digits"), repository.resolve("digits"));
    PredictRequest second =
        tiny().setModelSpec(ModelSpec.newBuilder().setName("digits").setVersion(2)).build();

    StatusRuntimeException loading =
        awaitReason("MODEL_LOADING", () -> Calls.predict(channel, second));

    assertThat(loading.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    Calls.awaitState(channel, "digits", 2, State.AVAILABLE);
  }

  private static StatusRuntimeException awaitReason(String reason, ThrowingCallable call) {
    AtomicReference<StatusRuntimeException> last = new AtomicReference<>();
    Calls.await(
        reason,
        () -> {
          StatusRuntimeException failure = failure(call);
          last.set(failure);
          return Calls.reason(failure).equals(reason);
        });
    return Objects.requireNonNull(last.get());
  }

  @Test
  void aServerThatHasNotSeenItsModelsYet_isStarting() {
    Path fresh = temp.resolve("starting/repository");
    Repositories.drop(fresh, "tiny", 1, "constant-version-1.onnx");
    Path growing = fresh.resolve("tiny/1/model.onnx");
    touch(growing);
    try (RunningServer starting = RunningServer.launch(fresh)) {
      ManagedChannel own = starting.channel();
      // What changes between two scans is still being copied, and the server waits for it a while.
      StatusRuntimeException refusal =
          awaitReason(
              "SERVER_STARTING",
              () -> {
                touch(growing);
                Calls.predict(own, tiny().build());
              });

      assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }
  }

  private static void touch(Path file) {
    try {
      // Ahead of any clock here, so that the version counts as new however long a start takes.
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(3600)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void moreCallsThanTheQueueHolds_areRefusedAndTheOthersCanBeCancelled() {
    Queue<StatusRuntimeException> failures = new ConcurrentLinkedQueue<>();
    Context.CancellableContext callers = Context.current().withCancellation();
    // On two connections: one takes no more calls at a time than the queue holds.
    List<ManagedChannel> connections = List.of(channel, server.channel());
    int calls = 1_200;
    callers.run(
        () -> {
          for (int i = 0; i < calls; i++) {
            PredictionServiceGrpc.newStub(connections.get(i % 2))
                .predict(slow(), new Failures(failures));
          }
        });
    Calls.await("the queue to be full", () -> !failures.isEmpty());

    assertThat(failures)
        .allSatisfy(f -> assertFailure(f, Status.Code.UNAVAILABLE, "MODEL_QUEUE_FULL"));
    callers.cancel(null);
    Calls.await("all calls to end", () -> failures.size() == calls);
    assertThat(failures)
        .extracting(f -> f.getStatus().getCode())
        .containsOnly(Status.Code.UNAVAILABLE, Status.Code.CANCELLED);
    assertThat(Calls.predict(channel, tiny().build()).getOutputsCount()).isEqualTo(2);
  }

  @Test
  void aDeadlineThatPasses_isDeadlineExceeded() {
    StatusRuntimeException failure =
        failure(
            () ->
                PredictionServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(100, TimeUnit.MILLISECONDS)
                    .predict(slow()));

    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
  }

  /** Some seconds of counting. */
  private static PredictRequest slow() {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("slow"))
        .addInputs(
            Tensor.newBuilder().setName("steps").setDtype(DataType.DT_INT64).addIntVal(1_000_000))
        .build();
  }

  private record Failures(Queue<StatusRuntimeException> seen)
      implements StreamObserver<PredictResponse> {
    @Override
    public void onNext(PredictResponse response) {}

    @Override
    public void onError(Throwable failure) {
      seen.add((StatusRuntimeException) failure);
    }

    @Override
    public void onCompleted() {}
  }
}
