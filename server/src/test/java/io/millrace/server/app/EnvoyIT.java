package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import io.millrace.server.app.RestCalls.Answer;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The typed services by REST, gRPC and gRPC-Web through the real Envoy, and what it refuses. */
final class EnvoyIT {
  private static final String LIMIT = "1MiB";

  @TempDir private static Path temp;
  private static RunningServer server;
  private static RestCalls rest;

  @BeforeAll
  static void start() {
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "other", 2, "constant-version-2.onnx");
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    server = RunningServer.startWithEnvoy(repository, "--max-message-size", LIMIT);
    rest = new RestCalls(server.restUrl());
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void models_areListed() {
    Answer answer = rest.get("/v1/models");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    assertThat(answer.text())
        .contains("\"name\":\"tiny\"", "\"name\":\"other\"", "\"next_page_token\":\"\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/models/other", "/v1/models/other/versions/2"})
  void statusOfAModel_hasTheFieldsOfTensorFlowServing(String path) {
    assertThat(rest.get(path).text())
        .startsWith("{\"model_version_status\":[{\"version\":\"2\",\"state\":\"AVAILABLE\",")
        .contains("\"status\":{\"error_code\":\"OK\",\"error_message\":\"\"");
  }

  @Test
  void typedPredict_answersInJson() {
    Answer answer = rest.post("/v1/models/tiny:predictTensors", RestCalls.WHICH_VERSION);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text())
        .contains("\"model_spec\":{\"name\":\"tiny\",\"version\":\"1\"", "\"name\":\"version\"");
  }

  @ParameterizedTest
  @CsvSource({
    "/nope, 404, 12, there is nothing at GET",
    "/v3/models, 404, 12, there is nothing at GET",
    "/v1/models/nope, 404, 5, there is no model 'nope'",
    "/v1/models/tiny/versions/9, 404, 5, '9'",
    "/v1/models/tiny/versions/one, 400, 3, one",
    "/v1/models/%FF%FE, 400, 3, not UTF-8",
    "/v1/models/a%00b, 400, 3, zero byte",
    "/v1/models/a%0d%0ab, 400, 3, is no name",
    "/v1/models/a%2Fb, 400, 3, is no name",
    "/v1/models/..%2F..%2Fetc, 400, 3, is no name",
    "/v1/models/a%20b, 400, 3, is no name",
    "/v1/models/%C3%A9, 400, 3, is no name",
    "/v1/models/tiny?depth=1, 400, 3, Could not find field",
  })
  void whatCannotBeAnswered_isSaidInJson(String path, int status, int code, String words) {
    Answer answer = rest.get(path);

    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    assertThat(answer.text()).contains("\"code\":" + code, "\"error\":\"", words, "\"reason\":\"");
  }

  @Test
  void anErrorOfTheServer_keepsItsReasonAndDetails() {
    Answer answer =
        rest.post(
            "/v1/models/tiny:predictTensors", RestCalls.WHICH_VERSION.replace("[1,2]", "[1,3]"));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text())
        .startsWith("{\"code\":3,\"error\":\"")
        .contains("type.googleapis.com/google.rpc.ErrorInfo", "\"domain\":\"millrace\"");
    assertThat(answer.header("grpc-message")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{tru", "[1]", "{} x", "{\"inputs\":1}", "nonsense"})
  void malformedJson_isRefusedInJson(String body) {
    Answer answer = rest.post("/v1/models/tiny:predictTensors", body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    assertThat(answer.text())
        .contains("\"code\":3", "\"error\":\"")
        .doesNotContain("\"error\":\"\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE", "PATCH"})
  void anotherMethod_isNotFound(String method) {
    Answer answer = rest.send(method, "/v1/models/tiny");

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.text()).contains("\"code\":12", "UNSUPPORTED_OPERATION");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v1/models/tiny:predict",
    "HEAD, /v1/models/tiny:predict",
    "PUT, /v1/models/tiny/versions/1:predict",
    "DELETE, /v1/models/tiny/labels/stable:predict",
    "GET, /v1/models/tiny:predictTensors?x=1",
    "GET, /v2/models/tiny/infer",
    "PATCH, /v2/models/tiny/versions/1/infer",
  })
  void whatIsNotSentAsAPost_isToldThatItIsToBe(String method, String path) {
    Answer answer = rest.send(method, path);

    assertThat(answer.status()).as(answer.text()).isEqualTo(405);
    assertThat(answer.header("allow")).isEqualTo("POST");
    if (!method.equals("HEAD")) {
      assertThat(answer.text())
          .contains("\"code\":12", "UNSUPPORTED_OPERATION", path + " takes POST, not " + method);
    }
  }

  /** Probes ask by HEAD; the body that a gRPC server sends would come as the next answer. */
  @ParameterizedTest
  @CsvSource({
    "HEAD, /v2/health/live",
    "HEAD, /v2/health/ready",
    "HEAD, /v2/models/tiny/ready?team=shop",
    "POST, /v2/health/live"
  })
  void whatIsNotAskedByGet_isToldThatItIsToBe(String method, String path) {
    Answer answer = rest.send(method, path);

    assertThat(answer.status()).as(answer.text()).isEqualTo(405);
    assertThat(answer.header("allow")).isEqualTo("GET");
    if (!method.equals("HEAD")) {
      assertThat(answer.text()).contains(path + " takes GET, not " + method);
    }
  }

  @Test
  void aPageOfThisMachine_mayAskWhetherItMayPredict() {
    Answer answer =
        rest.send(
            "OPTIONS",
            "/v1/models/tiny:predict",
            "origin",
            "http://localhost:3000",
            "access-control-request-method",
            "POST");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("access-control-allow-methods")).contains("POST");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?model_spec.name=other",
        "?modelSpec.name=other",
        "?model_spec.version=2",
        "?modelSpec.versionLabel=stable",
        "?name=other&version=7"
      })
  void theQuery_choosesNoModelOrVersion(String query) {
    Answer answer = rest.post("/v1/models/tiny:predictTensors" + query, RestCalls.WHICH_VERSION);

    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text()).contains("a query does not choose", "REQUEST_MALFORMED");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/models/tiny?name=other",
        "/v1/models/tiny/versions/1?version=7",
        "/v1/models/tiny/metadata?label=stable"
      })
  void theQueryOfAStatus_choosesNoModelOrVersion(String path) {
    assertThat(rest.get(path).text()).contains("a query does not choose", "REQUEST_MALFORMED");
    assertThat(rest.get("/v1/models?page_token=&page_size=1").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dryRun=true&dryRun=false",
        "dry_run=true&dryRun=false",
        "dryRun=true&wait=true&dry_run=false",
        "wait=true&dry_run=true&wait=false",
      })
  void anOrderThatSaysSomethingTwice_isNotExecuted(String query) {
    for (String order : List.of("load", "unload", "reload")) {
      Answer answer = rest.post("/v1/models/tiny:" + order + "?" + query, "{}");

      assertThat(answer.status()).as(answer.text()).isEqualTo(400);
      assertThat(answer.text()).contains("REQUEST_MALFORMED", "says something twice", "once");
    }
    assertThat(rest.get("/v1/models/tiny").text()).contains("AVAILABLE").doesNotContain("END");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/models?page_size=2&page_size=3",
        "/v1/models?pageToken=&page_size=3&page_token=",
        "/v1/models/tiny:setLabel?expected_version=1&expectedVersion=2",
        "/v1/models/tiny:predictTensors?id=a&id=b"
      })
  void aQueryThatSaysSomethingTwice_isRefused(String path) {
    Answer answer = path.contains(":") ? rest.post(path, "{}") : rest.get(path);

    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text()).contains("REQUEST_MALFORMED", "says something twice");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dryRun", "dry_run=true&wait", "=true", "&&", "dry_run=true&", "body"})
  void aQueryOfAnythingButNamesWithValues_isToldHowToWriteIt(String query) {
    Answer answer = rest.post("/v1/models/tiny:unload?" + query, "{}");

    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text()).contains("REQUEST_MALFORMED", "write each as NAME=VALUE");
    assertThat(rest.get("/v1/models/tiny?").text()).contains("AVAILABLE").doesNotContain("END");
  }

  @Test
  void theBody_cannotOverrideThePath() {
    String body =
        RestCalls.WHICH_VERSION.replaceFirst("\\{", "{\"model_spec\":{\"name\":\"other\"},");
    Answer snake = rest.post("/v1/models/tiny:predictTensors", body);
    Answer camel =
        rest.post("/v1/models/tiny:predictTensors", body.replace("model_spec", "modelSpec"));

    assertThat(snake.status()).isEqualTo(400);
    assertThat(snake.text()).contains("conflicting", "tiny", "other");
    assertThat(camel.text()).doesNotContain("\"name\":\"other\"");
  }

  @Test
  void aBodyAboveTheLimit_isRefusedWithTheLimit() {
    String raw = Base64.getEncoder().encodeToString(new byte[4 << 20]);
    for (String path : new String[] {"/v1/models/tiny:predict", "/v1/models/tiny:predictTensors"}) {
      Answer answer = rest.post(path, "{\"inputs\":[{\"name\":\"x\",\"raw\":\"" + raw + "\"}]}");

      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.text())
          .contains("\"code\":8", LIMIT, "--max-message-size", "MESSAGE_TOO_LARGE");
    }
  }

  @Test
  void aBodyThatGrowsAboveTheLimitAsAMessage_isRefusedWithTheLimit() {
    String zeros = "0,".repeat(400_000) + "0";
    Answer answer =
        rest.post(
            "/v1/models/tiny:predictTensors",
            "{\"inputs\":[{\"name\":\"x\",\"fp64_val\":[" + zeros + "]}]}");

    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.text())
        .contains("\"code\":8", LIMIT, "--max-message-size", "MESSAGE_TOO_LARGE");
  }

  @Test
  void aDeadlineOfTheCaller_endsTheCallWithGatewayTimeout() {
    Answer answer = rest.post("/v1/models/slow:predictTensors", slow(), "grpc-timeout", "50m");

    assertThat(answer.status()).as(answer.text()).isEqualTo(504);
    assertThat(answer.text()).contains("\"code\":4", "DEADLINE_IN_ENGINE");
  }

  private static String slow() {
    return "{\"inputs\":[{\"name\":\"steps\",\"dtype\":\"DT_INT64\",\"int_val\":[500000]}]}";
  }

  @Test
  void aDeadlineThatIsNone_isRefused() {
    Answer answer = rest.get("/v1/models/tiny", "grpc-timeout", "soon");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("\"code\":3", "grpc-timeout", "REQUEST_MALFORMED");
  }

  @Test
  void headersOfGrpc_neitherBreakACallNorLeakOut() {
    Answer answer =
        rest.post(
            "/v1/models/tiny:predictTensors",
            RestCalls.WHICH_VERSION,
            "grpc-accept-encoding",
            "gzip",
            "grpc-encoding",
            "foo",
            "x-envoy-original-method",
            "GET");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.response().headers().map())
        .doesNotContainKeys("grpc-encoding", "grpc-accept-encoding");
  }

  @Test
  void largerJson_isCompressedForThoseWhoAccept() {
    Answer compressed = rest.get("/v1/models", "accept-encoding", "gzip");
    Answer plain = rest.get("/v1/models");

    assertThat(compressed.header("content-encoding")).isEqualTo("gzip");
    assertThat(plain.header("content-encoding")).isEmpty();
  }

  @Test
  void nativeGrpc_healthAndReflection_passThroughTheSamePort() throws Exception {
    ManagedChannel channel = server.channelThroughEnvoy();
    HealthCheckResponse health =
        HealthGrpc.newBlockingStub(channel).check(HealthCheckRequest.getDefaultInstance());

    assertThat(Calls.predict(channel, Calls.whichVersion("tiny")).getModelSpec().getVersion())
        .isEqualTo(1);
    assertThat(health.getStatus()).isEqualTo(ServingStatus.SERVING);
    assertThat(services(channel)).contains("millrace.v1.ModelService");
  }

  private static String services(ManagedChannel channel) throws Exception {
    CompletableFuture<String> listed = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> requests =
        ServerReflectionGrpc.newStub(channel)
            .serverReflectionInfo(
                new StreamObserver<ServerReflectionResponse>() {
                  @Override
                  public void onNext(ServerReflectionResponse response) {
                    listed.complete(response.toString());
                  }

                  @Override
                  public void onError(Throwable failure) {
                    listed.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    String services = listed.get(30, TimeUnit.SECONDS);
    requests.onCompleted();
    return services;
  }

  @Test
  void grpcWeb_passesThroughTheSamePort() {
    Answer answer =
        rest.post(
            "/millrace.v1.ModelService/ListModels",
            new byte[5],
            "content-type",
            "application/grpc-web+proto",
            "x-grpc-web",
            "1",
            "origin",
            "http://localhost:3000");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-type")).startsWith("application/grpc-web");
    assertThat(answer.header("access-control-allow-origin")).isEqualTo("http://localhost:3000");
    // The messages, then the trailers as a last frame.
    assertThat(new String(answer.response().body(), ISO_8859_1)).contains("tiny", "grpc-status:0");
  }

  @Test
  void aPageFromElsewhere_isNotAllowed() {
    assertThat(rest.get("/v1/models", "origin", "https://evil.example").response().headers().map())
        .doesNotContainKey("access-control-allow-origin");
  }
}
