package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.millrace.openinference.GRPCInferenceServiceGrpc;
import io.millrace.openinference.InferParameter;
import io.millrace.openinference.ModelInferRequest;
import io.millrace.openinference.ModelInferRequest.InferInputTensor;
import io.millrace.openinference.ModelInferResponse;
import io.millrace.openinference.ModelStatisticsRequest;
import io.millrace.openinference.ModelStreamInferResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams of inferences at a real server, by the generated client. */
final class ModelStreamInferIT {
  private static final int REQUESTS = 1_000;

  /** Every so many requests one has a wrong shape. */
  private static final int WRONG = 10;

  /** More than there are instances. */
  private static final int ENDLESS = 8;

  private static final long FOR_EVER = Long.MAX_VALUE;

  @TempDir private static Path temp;
  private static RunningServer server;

  @BeforeAll
  static void start() {
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    server = RunningServer.startWithEnvoy(repository);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  /** What comes back, and when the stream ends, how. */
  private static final class Stream
      implements ClientResponseObserver<ModelInferRequest, ModelStreamInferResponse> {
    private final ConcurrentLinkedQueue<ModelStreamInferResponse> answers =
        new ConcurrentLinkedQueue<>();
    private final CompletableFuture<Status> end = new CompletableFuture<>();
    private @Nullable ClientCallStreamObserver<ModelInferRequest> requests;

    static Stream open(Channel channel) {
      Stream stream = new Stream();
      var unused = GRPCInferenceServiceGrpc.newStub(channel).modelStreamInfer(stream);
      return stream;
    }

    ClientCallStreamObserver<ModelInferRequest> requests() {
      return Objects.requireNonNull(requests);
    }

    Status end() {
      return end.orTimeout(60, TimeUnit.SECONDS).join();
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<ModelInferRequest> stream) {
      requests = stream;
    }

    @Override
    public void onNext(ModelStreamInferResponse answer) {
      answers.add(answer);
    }

    @Override
    public void onError(Throwable failure) {
      end.complete(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      end.complete(Status.OK);
    }
  }

  private static ModelInferRequest tiny(int id, long columns) {
    return ModelInferRequest.newBuilder()
        .setModelName("tiny")
        .setId(Integer.toString(id))
        .putParameters(
            "triton_enable_empty_final_response",
            InferParameter.newBuilder().setBoolParam(true).build())
        .addInputs(
            InferInputTensor.newBuilder()
                .setName("x")
                .setDatatype("FP32")
                .addShape(1)
                .addShape(columns))
        .addRawInputContents(ByteString.copyFrom(new byte[(int) columns * Float.BYTES]))
        .build();
  }

  private static ModelInferRequest slow(String id, long steps) {
    ByteBuffer value = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return ModelInferRequest.newBuilder()
        .setModelName("slow")
        .setId(id)
        .addInputs(InferInputTensor.newBuilder().setName("steps").setDatatype("INT64"))
        .addRawInputContents(ByteString.copyFrom(value.putLong(0, steps)))
        .build();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aThousandRequests_areAnsweredInOrder_andErrorsBetweenThemEndNothing(boolean throughEnvoy) {
    ManagedChannel channel = throughEnvoy ? server.channelThroughEnvoy() : server.channel();
    Stream stream = Stream.open(channel);
    for (int i = 0; i < REQUESTS; i++) {
      stream.requests().onNext(tiny(i, i % WRONG == 0 ? 3 : 2));
    }
    // With most of them in flight.
    stream.requests().onCompleted();

    assertThat(stream.end().getCode()).isEqualTo(Status.Code.OK);
    List<ModelStreamInferResponse> answers = List.copyOf(stream.answers);
    assertThat(answers.stream().map(answer -> answer.getInferResponse().getId()))
        .containsExactlyElementsOf(
            IntStream.range(0, REQUESTS).mapToObj(Integer::toString).toList());
    assertThat(answers)
        .allSatisfy(
            answer ->
                assertThat(
                        answer
                            .getInferResponse()
                            .getParametersOrThrow("triton_final_response")
                            .getBoolParam())
                    .isTrue());
    for (int i = 0; i < REQUESTS; i++) {
      assertAnswered(answers.get(i), i % WRONG != 0);
    }
  }

  private static void assertAnswered(ModelStreamInferResponse answer, boolean isGood) {
    ModelInferResponse inference = answer.getInferResponse();
    if (isGood) {
      assertThat(answer.getErrorMessage()).isEmpty();
      assertThat(inference.getModelVersion()).isEqualTo("1");
      assertThat(inference.getRawOutputContents(1).byteAt(0)).isEqualTo((byte) 1);
    } else {
      assertThat(answer.getErrorMessage()).contains("'x'", "expected shape", "[1, 3]");
      assertThat(inference.getParametersOrThrow("reason").getStringParam())
          .isEqualTo("TENSOR_SHAPE_MISMATCH");
      assertThat(inference.getOutputsList()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRequestThatFails_endsTheStreamWithItsStatus_whereTritonsHeaderAsksForThat(
      boolean throughEnvoy) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("triton_grpc_error", Metadata.ASCII_STRING_MARSHALLER), "true");
    Stream stream =
        Stream.open(
            ClientInterceptors.intercept(
                throughEnvoy ? server.channelThroughEnvoy() : server.channel(),
                MetadataUtils.newAttachHeadersInterceptor(headers)));
    stream.requests().onNext(tiny(0, 2));
    stream.requests().onNext(tiny(1, 3));
    stream.requests().onNext(tiny(2, 2));

    Status end = stream.end();
    assertThat(end.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(end.getDescription()).contains("'x'", "expected shape", "[1, 3]");
    assertThat(stream.answers).singleElement().satisfies(answer -> assertAnswered(answer, true));
  }

  @Test
  void manyStreamsAtATime_eachHaveTheirOwnOrder() {
    ManagedChannel channel = server.channel();
    List<Stream> streams = IntStream.range(0, 20).mapToObj(i -> Stream.open(channel)).toList();
    for (int i = 0; i < 200; i++) {
      for (Stream stream : streams) {
        stream.requests().onNext(tiny(i, 2));
      }
    }
    streams.forEach(stream -> stream.requests().onCompleted());

    assertThat(streams)
        .allSatisfy(
            stream -> {
              assertThat(stream.end().getCode()).isEqualTo(Status.Code.OK);
              assertThat(stream.answers.stream().map(answer -> answer.getInferResponse().getId()))
                  .containsExactlyElementsOf(
                      IntStream.range(0, 200).mapToObj(Integer::toString).toList());
            });
  }

  @Test
  void aStreamThatIsCancelled_endsTheRunsThatItBegan() {
    ManagedChannel channel = server.channel();
    Stream stream = Stream.open(channel);
    for (int i = 0; i < ENDLESS; i++) {
      stream.requests().onNext(slow("endless", FOR_EVER));
    }
    Stream other = Stream.open(channel);
    other.requests().onNext(tiny(7, 2));
    other.requests().onCompleted();
    assertThat(other.end().getCode()).isEqualTo(Status.Code.OK);

    stream.requests().cancel("enough", null);

    assertThat(stream.end().getCode()).isEqualTo(Status.Code.CANCELLED);
    // Each is counted when it has left its instance.
    Calls.await("the runs to end", () -> failures("slow") == ENDLESS);
  }

  private static long failures(String model) {
    return GRPCInferenceServiceGrpc.newBlockingStub(server.channel())
        .modelStatistics(ModelStatisticsRequest.newBuilder().setName(model).build())
        .getModelStats(0)
        .getInferenceStats()
        .getFail()
        .getCount();
  }
}
