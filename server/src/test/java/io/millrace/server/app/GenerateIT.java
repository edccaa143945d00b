package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import io.millrace.server.app.RestCalls.Answer;
import io.millrace.v1.HttpModelRequest;
import io.millrace.v1.RestServiceGrpc;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Triton's generate and generate_stream, through the real Envoy. */
final class GenerateIT {
  @TempDir private static Path temp;
  private static Path repository;
  private static RunningServer server;
  private static RestCalls rest;

  @BeforeAll
  static void start() {
    repository = temp.resolve("repository");
    Repositories.drop(repository, "upper", 1, "upper.onnx");
    Repositories.drop(repository, "add-sub", 3, "add-sub.onnx");
    Repositories.drop(repository, "two-sizes", 1, "two-sizes.onnx");
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    server = RunningServer.startWithEnvoy(repository);
    rest = new RestCalls(server.restUrl());
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static Answer post(String path, String body) {
    return rest.post("/v2/models/" + path, body.replace('\'', '"'));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "upper/generate | {'text': 'quiet'} | {'model_name':'upper','model_version':'1','upper':'QUIET'}",
        "upper/versions/1/generate | {'text': ['a', 'b'], 'id': '7', 'parameters': {'temperature': 0}} | {'model_name':'upper','model_version':'1','id':'7','upper':['A','B']}",
        "add-sub/generate | {'a': [5, 7], 'parameters': {'b': [1, 2]}} | {'model_name':'add-sub','model_version':'3','sum':[6.0,9.0],'difference':[4.0,5.0]}",
      })
  void keysOfTheBodyAreInputs_andTheAnswerIsFlat(String path, String body, String answer) {
    Answer generated = post(path, body);

    assertThat(generated.status()).as(generated.text()).isEqualTo(200);
    assertThat(generated.header("content-type")).isEqualTo("application/json");
    assertThat(generated.text()).isEqualTo(answer.replace('\'', '"') + "\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"upper/generate_stream", "upper/versions/1/generate_stream"})
  void aStream_comesAsServerSentEvents_asTheyWereSent(String path) {
    Answer stream = post(path, "{'text': 'two\\nlines, gr\u00fcn'}");

    assertThat(stream.status()).as(stream.text()).isEqualTo(200);
    assertThat(stream.header("content-type")).isEqualTo("text/event-stream; charset=utf-8");
    assertThat(stream.text())
        .isEqualTo(
            "data: {\"model_name\":\"upper\",\"model_version\":\"1\",\"upper\":"
                + "\"TWO\\nLINES, GR\u00fcN\"}\n\n");
  }

  @Test
  void aLargeAnswer_isOneEventToo() {
    String text = "x".repeat(3 << 20);

    Answer stream = post("upper/generate_stream", "{'text': '" + text + "'}");

    assertThat(stream.text()).endsWith("XXX\"}\n\n").hasSizeGreaterThan(3 << 20);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "nope/generate | {'text': 'a'} | 404 | MODEL_NOT_FOUND",
        "nope/generate_stream | {'text': 'a'} | 404 | MODEL_NOT_FOUND",
        "upper/versions/9/generate_stream | {'text': 'a'} | 404 | VERSION_NOT_FOUND",
        "upper/generate | {'tex': 'a'} | 400 | TENSOR_MISSING",
        "upper/generate_stream | {'tex': 'a'} | 400 | TENSOR_MISSING",
        "upper/generate_stream | {'text': 5} | 400 | TENSOR_DTYPE_MISMATCH",
        "upper/generate | {'text': | 400 | ends before its JSON does",
        "upper/generate_stream |  | 400 | the body is empty",
        "two-sizes/generate | {'a': [1, 2], 'b': [1, 2, 3]} | 500 | ENGINE_ERROR",
        "two-sizes/generate_stream | {'a': [1, 2], 'b': [1, 2, 3]} | 500 | ENGINE_ERROR",
        "slow/generate_stream | {'steps': 9000000, 'timeout': 50000} | 504 | DEADLINE_IN_ENGINE",
      })
  void whatFails_isAnErrorInJsonWithItsStatus(String path, String body, int status, String words) {
    Answer refused = post(path, body == null ? "" : body);

    assertThat(refused.status()).as(refused.text()).isEqualTo(status);
    assertThat(refused.header("content-type")).isEqualTo("application/json");
    assertThat(refused.text()).contains("\"error\":\"", words);
  }

  @ParameterizedTest
  @ValueSource(strings = {"generate", "generate_stream"})
  void anotherMethodThanPost_isNotAllowed(String call) {
    Answer refused = rest.get("/v2/models/upper/" + call);

    assertThat(refused.status()).isEqualTo(405);
    assertThat(refused.header("allow")).isEqualTo("POST");
  }

  /** Else the one byte of an event might wait for the others of its chunk. */
  @Test
  void aStream_comesInChunksOverHttp11() {
    RawHttp.Reply reply =
        new RawHttp(URI.create(server.restUrl()))
            .send("POST", "/v2/models/upper/generate_stream", "{\"text\": \"hi\"}".getBytes(UTF_8));

    assertThat(reply.header("transfer-encoding")).isEqualTo("chunked");
    assertThat(reply.body()).contains("data: {\"model_name\"", "\r\n0\r\n\r\n");
  }

  @Test
  void aStreamUnderWay_isAnsweredBeforeTheServerStops() throws Exception {
    try (RunningServer stopped = RunningServer.start(repository)) {
      ManagedChannel channel = stopped.channel();
      CompletableFuture<String> answer = new CompletableFuture<>();
      RestServiceGrpc.newStub(channel)
          .v2ModelGenerateStream(request("slow", "{\"steps\": 200000}"), answering(answer));
      // One connection: what comes second finds the first accepted.
      var unused =
          RestServiceGrpc.newBlockingStub(channel)
              .v2ModelGenerate(request("upper", "{\"text\": \"a\"}"));
      stopped.terminate();

      assertThat(stopped.awaitExit()).isZero();
      assertThat(answer.get()).startsWith("data: {").contains("\"count\":200000");
    }
  }

  private static HttpModelRequest request(String model, String body) {
    return HttpModelRequest.newBuilder()
        .setModel(model)
        .setBody(HttpBody.newBuilder().setData(ByteString.copyFromUtf8(body)))
        .build();
  }

  private static StreamObserver<HttpBody> answering(CompletableFuture<String> answer) {
    return new StreamObserver<>() {
      @Override
      public void onNext(HttpBody event) {
        answer.complete(event.getData().toStringUtf8());
      }

      @Override
      public void onError(Throwable failure) {
        answer.completeExceptionally(failure);
      }

      @Override
      public void onCompleted() {}
    };
  }
}
