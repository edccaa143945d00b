package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import io.millrace.server.app.RestCalls.Answer;
import io.millrace.v1.DataType;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Native gRPC and gRPC-Web through the port of REST: streams, large messages, errors. */
final class GrpcThroughEnvoyIT {
  private static final int FRAME_HEAD = 5;
  private static final String PREDICT = "/millrace.v1.PredictionService/Predict";

  @TempDir private static Path temp;
  private static Path repository;
  private static RunningServer server;
  private static ManagedChannel channel;
  private static RestCalls web;

  @BeforeAll
  static void start() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "echo", 1, "identity-uint8.onnx");
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    // What it sends in one call has as many rows as numbers.
    server = RunningServer.startWithEnvoy(repository, "--max-rows", "100000000");
    channel = server.channelThroughEnvoy();
    web = new RestCalls(server.restUrl());
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static PredictRequest echo(int bytes) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("echo"))
        .addInputs(
            Tensor.newBuilder()
                .setName("x")
                .setDtype(DataType.DT_UINT8)
                .addShape(bytes)
                .setRaw(ByteString.copyFrom(new byte[bytes])))
        .build();
  }

  @Test
  void aLargeMessage_passesBothWays_plainAndCompressed() {
    PredictionServiceGrpc.PredictionServiceBlockingStub client =
        PredictionServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
    int size = 48 << 20;

    for (PredictResponse response :
        List.of(client.predict(echo(size)), client.withCompression("gzip").predict(echo(size)))) {
      assertThat(response.getOutputs(0).getRaw().size()).isEqualTo(size);
    }
  }

  @Test
  void aMessageAboveTheLimit_isRefusedWithItsReason() {
    StatusRuntimeException refusal =
        catchThrowableOfType(
            StatusRuntimeException.class, () -> Calls.predict(channel, echo(64 << 20)));

    assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(refusal.getStatus().getDescription()).contains("limit of 67108864 bytes");
    assertThat(Calls.reason(refusal)).isEqualTo("MESSAGE_TOO_LARGE");
  }

  @Test
  void aDeadline_endsTheCall() {
    PredictRequest slow =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName("slow"))
            .addInputs(
                Tensor.newBuilder().setName("steps").setDtype(DataType.DT_INT64).addIntVal(500_000))
            .build();
    StatusRuntimeException end =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                PredictionServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(100, TimeUnit.MILLISECONDS)
                    .predict(slow));

    assertThat(end.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
  }

  /** What a watcher has seen. */
  private static final class Watch implements StreamObserver<HealthCheckResponse> {
    private final List<ServingStatus> seen = new CopyOnWriteArrayList<>();

    @Override
    public void onNext(HealthCheckResponse response) {
      seen.add(response.getStatus());
    }

    @Override
    public void onError(Throwable failure) {
      seen.add(ServingStatus.UNRECOGNIZED);
    }

    @Override
    public void onCompleted() {}
  }

  @Test
  void aStreamOfTheServer_bringsEachChangeAsItComes() {
    Watch watch = new Watch();
    HealthGrpc.newStub(channel)
        .watch(HealthCheckRequest.newBuilder().setService("model/later").build(), watch);
    Calls.await("the first status", () -> watch.seen.contains(ServingStatus.SERVICE_UNKNOWN));

    Repositories.drop(repository, "later", 1, "constant-version-2.onnx");

    Calls.await("the model to serve", () -> watch.seen.contains(ServingStatus.SERVING));
    assertThat(watch.seen).doesNotContain(ServingStatus.UNRECOGNIZED);
  }

  private static byte[] frame(MessageLite message) {
    byte[] bytes = message.toByteArray();
    return ByteBuffer.allocate(FRAME_HEAD + bytes.length)
        .put((byte) 0)
        .putInt(bytes.length)
        .put(bytes)
        .array();
  }

  /** The messages of a gRPC-Web answer and, as the last frame, its trailers. */
  private static List<byte[]> frames(byte[] answer) {
    List<byte[]> frames = new CopyOnWriteArrayList<>();
    ByteBuffer buffer = ByteBuffer.wrap(answer);
    while (buffer.hasRemaining()) {
      buffer.get();
      byte[] frame = new byte[buffer.getInt()];
      buffer.get(frame);
      frames.add(frame);
    }
    return frames;
  }

  private static void assertFirstVersion(byte[] answer) throws Exception {
    List<byte[]> frames = frames(answer);
    assertThat(frames).hasSize(2);
    assertThat(PredictResponse.parseFrom(frames.get(0)).getModelSpec().getVersion()).isEqualTo(1);
    assertThat(new String(frames.get(1), UTF_8)).contains("grpc-status:0");
  }

  @Test
  void grpcWeb_isAnsweredInItsBinaryForm() throws Exception {
    Answer answer =
        web.post(
            PREDICT,
            frame(Calls.whichVersion("tiny")),
            "content-type",
            "application/grpc-web+proto",
            "x-grpc-web",
            "1");

    assertThat(answer.header("content-type")).isEqualTo("application/grpc-web+proto");
    assertFirstVersion(answer.response().body());
  }

  @Test
  void grpcWeb_isAnsweredInItsTextForm() throws Exception {
    Answer answer =
        web.post(
            PREDICT,
            Base64.getEncoder().encode(frame(Calls.whichVersion("tiny"))),
            "content-type",
            "application/grpc-web-text+proto",
            "accept",
            "application/grpc-web-text");

    assertThat(answer.header("content-type")).startsWith("application/grpc-web-text");
    assertFirstVersion(decoded(answer));
  }

  /** Pieces that end in padding follow each other. */
  private static byte[] decoded(Answer answer) {
    StringBuilder plain = new StringBuilder();
    for (String piece : answer.text().split("(?<==)(?=[^=])", -1)) {
      plain.append(new String(Base64.getDecoder().decode(piece), ISO_8859_1));
    }
    return plain.toString().getBytes(ISO_8859_1);
  }

  @Test
  void anErrorByGrpcWeb_isOneOfGrpc() {
    Answer answer =
        web.post(
            PREDICT,
            frame(Calls.whichVersion("nope")),
            "content-type",
            "application/grpc-web+proto");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("grpc-status")).isEqualTo("5");
    assertThat(answer.header("grpc-message")).contains("nope");
    assertThat(answer.header("grpc-status-details-bin")).isNotEmpty();
  }
}
