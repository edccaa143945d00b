package io.millrace.server.app;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import com.google.protobuf.util.JsonFormat;
import io.grpc.ManagedChannel;
import io.millrace.v1.DataType;
import io.millrace.v1.PredictRequest;
import io.millrace.v1.PredictResponse;
import io.millrace.v1.PredictionServiceGrpc;
import io.millrace.v1.Tensor;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Answers of calls that run together against those of the same calls alone, for real models. */
final class BatchingIT {
  private static final Path MODELS = RunningServer.DISTRIBUTION.resolve("model-repo");
  static final List<String> NAMES =
      List.of("diabetes", "iris", "digits", "sentiment", "user-behavior", "recommender");
  private static final int CALLS = 400;

  @TempDir private static Path repository;
  private static RunningServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() throws IOException {
    Repositories.copy(MODELS, repository);
    for (String model : NAMES) {
      // Whatever the trial at the load would say on a busy machine.
      Files.writeString(
          repository.resolve(model).resolve("config.yaml"),
          "\nbatching: {max_batch_size: 16}\n",
          CREATE,
          APPEND);
    }
    server = RunningServer.start(repository);
    channel = server.channel();
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @ParameterizedTest
  @FieldSource("NAMES")
  void callsThatRunTogether_areAnsweredAsAlone(String model)
      throws IOException, InterruptedException, ExecutionException {
    PredictRequest sample = sample(model);
    List<PredictRequest> requests =
        IntStream.range(0, CALLS).mapToObj(i -> variant(sample, i)).toList();
    List<PredictResponse> alone =
        requests.stream().map(request -> Calls.predict(channel, request)).toList();
    long runsBefore = runs(model);

    List<ListenableFuture<PredictResponse>> calls =
        requests.stream()
            .map(request -> PredictionServiceGrpc.newFutureStub(channel).predict(request))
            .toList();
    List<PredictResponse> together = Futures.allAsList(calls).get();

    for (int i = 0; i < CALLS; i++) {
      assertSame(together.get(i), alone.get(i));
    }
    assertThat(runs(model) - runsBefore).as("runs for %d calls", CALLS).isLessThan(CALLS);
  }

  private static PredictRequest sample(String model) throws IOException {
    PredictRequest.Builder request = PredictRequest.newBuilder();
    String json = Files.readString(repository.resolve(model).resolve("samples/request.json"));
    JsonFormat.parser().merge(json, request);
    return request.build();
  }

  /** The sample with other values; every third has two rows. */
  private static PredictRequest variant(PredictRequest sample, int number) {
    Tensor.Builder input = sample.getInputs(0).toBuilder();
    for (int i = 0; i < input.getFp32ValCount(); i++) {
      input.setFp32Val(i, input.getFp32Val(i) + 0.01f * number * (i % 3));
    }
    for (int i = 0; i < input.getIntValCount(); i++) {
      input.setIntVal(i, (input.getIntVal(i) + number) % 50);
    }
    for (int i = 0; i < input.getBytesValCount(); i++) {
      input.setBytesVal(
          i, input.getBytesVal(i).concat(ByteString.copyFromUtf8(" great " + number)));
    }
    return sample.toBuilder()
        .setInputs(0, number % 3 == 0 ? doubled(input.build()) : input.build())
        .build();
  }

  private static Tensor doubled(Tensor input) {
    return input.toBuilder()
        .setShape(0, 2 * input.getShape(0))
        .addAllFp32Val(input.getFp32ValList())
        .addAllIntVal(input.getIntValList())
        .addAllBytesVal(input.getBytesValList())
        .build();
  }

  private static void assertSame(PredictResponse together, PredictResponse alone) {
    assertThat(together.getOutputsCount()).isEqualTo(alone.getOutputsCount());
    for (int i = 0; i < alone.getOutputsCount(); i++) {
      Tensor expected = alone.getOutputs(i);
      Tensor actual = together.getOutputs(i);
      assertThat(actual.toBuilder().clearRaw().build())
          .isEqualTo(expected.toBuilder().clearRaw().build());
      if (expected.getDtype() == DataType.DT_FP32) {
        assertNear(floats(actual), floats(expected));
      } else {
        assertThat(actual.getRaw()).isEqualTo(expected.getRaw());
      }
    }
  }

  private static FloatBuffer floats(Tensor tensor) {
    return tensor
        .getRaw()
        .asReadOnlyByteBuffer()
        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer();
  }

  /** Within the engine's own rounding: it adds up in another order for another number of rows. */
  private static void assertNear(FloatBuffer actual, FloatBuffer expected) {
    assertThat(actual.remaining()).isEqualTo(expected.remaining());
    for (int i = 0; i < expected.remaining(); i++) {
      float one = actual.get(i);
      float other = expected.get(i);
      assertThat(Math.abs(one - other))
          .as("%s against %s at %d", one, other, i)
          .isLessThanOrEqualTo(1e-6f * Math.max(1, Math.abs(other)));
    }
  }

  /** How often the model's instances ran, over all calls. */
  private static long runs(String model) throws IOException, InterruptedException {
    URI metrics = URI.create(server.monitoring() + "/metrics");
    String text =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString())
            .body();
    Matcher count =
        Pattern.compile(
                "^millrace_inference_batch_size\\w*_count\\{.*model_name=\"%s\".*} (\\d+)"
                    .formatted(model),
                Pattern.MULTILINE)
            .matcher(text);
    long runs = 0;
    while (count.find()) {
      runs += Long.parseLong(count.group(1));
    }
    return runs;
  }
}
