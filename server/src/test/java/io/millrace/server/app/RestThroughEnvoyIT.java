package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.app.RawHttp.Reply;
import io.millrace.server.app.RestCalls.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TensorFlow Serving's REST and the Open Inference Protocol's, through the real Envoy. */
final class RestThroughEnvoyIT {
  private static final String ROWS = "{\"instances\":[[1.0,2.0]]}";
  private static final String INFER =
      "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1.0,2.0]}]}";

  @TempDir private static Path temp;
  private static RunningServer server;
  private static RestCalls rest;
  private static RawHttp http;

  @BeforeAll
  static void start() {
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Repositories.drop(repository, "other", 2, "constant-version-2.onnx");
    Repositories.drop(repository, "slow", 1, "slow.onnx");
    server = RunningServer.startWithEnvoy(repository);
    rest = new RestCalls(server.restUrl());
    http = new RawHttp(URI.create(server.restUrl()));
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/models/tiny:predict", "/v1/models/tiny/versions/1:predict"})
  void predict_answersTheRowForm(String path) {
    Answer answer = rest.post(path, ROWS);

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.header("content-type")).startsWith("application/json");
    assertThat(answer.text().replaceAll("\\s", "")).startsWith("{\"predictions\":[");
  }

  @Test
  void predict_answersTheColumnarForm() {
    Answer answer = rest.post("/v1/models/tiny:predict", "{\"inputs\":[[1.0,2.0]]}");

    assertThat(answer.text().replaceAll("\\s", "")).startsWith("{\"outputs\":");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?model=other",
        "?version=7",
        "?label=stable",
        "?top_k=1&version",
        "?name=other&version_label=stable"
      })
  void theQueryOfAPredict_choosesNothing_andSaysWhatDoes(String query) {
    for (String call : List.of(":predict", ":classify", "/versions/1:predict")) {
      Answer answer = rest.post("/v1/models/tiny" + call + query, ROWS);

      assertThat(answer.status()).as(answer.text()).isEqualTo(400);
      assertThat(answer.text())
          .contains("\"code\":3", "REQUEST_MALFORMED", "/v1/models/NAME/versions/2:predict");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "body=1",
        "body.data=x",
        "top_k=1&body.content_type=image/png",
        "body.extensions=x"
      })
  void theQueryOfAPredict_holdsNoBody(String query) {
    for (String call : List.of(":predict", ":classify")) {
      Answer answer = rest.post("/v1/models/tiny" + call + "?" + query, ROWS);

      assertThat(answer.status()).as(answer.text()).isEqualTo(400);
      assertThat(answer.text()).contains("REQUEST_MALFORMED", "the query names body");
    }
    assertThat(rest.get("/v1/models/tiny/metadata?" + query).status()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"topk", "foo", "=5", "&&", "body", "top_k"})
  void aNameThatNobodyKnows_isRefusedWithoutAValueToo(String query) {
    Answer answer = rest.post("/v1/models/tiny:predict?" + query, ROWS);

    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text()).contains("REQUEST_MALFORMED", "write each as NAME=VALUE");
    assertThat(rest.post("/v1/models/tiny:predict?", ROWS).status()).isEqualTo(200);
    assertThat(rest.post("/v2/models/tiny/infer?" + query, INFER).status()).isEqualTo(200);
  }

  @Test
  void aQueryThatSaysSomethingTwice_isRefusedWithBoth() {
    Answer answer = rest.post("/v1/models/tiny:predict?top_k=1&top_k=5", ROWS);

    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text()).contains("?top_k is given more than once: [1, 5]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?%6dodel=other",
        "?model=tiny&mode%6C=other",
        "?versi%6fn=7",
        "?team=shop&versi%6Fn=7",
        "?%6d"
      })
  void aQueryWithAnEscapedName_whichEnvoyWouldReadAsTheName_isRefused(String query) {
    for (String path : List.of("/v1/models/tiny:predict", "/v2/models/tiny/infer")) {
      Answer answer = rest.post(path + query, INFER);

      assertThat(answer.status()).as(answer.text()).isEqualTo(400);
      assertThat(answer.text()).contains("the names in a query have no %");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"?model=other", "?version=7", "?model=other&team=shop", "?%256dodel=other"})
  void theQueryOfAnInfer_cannotOverrideThePath(String query) {
    Answer answer = rest.post("/v2/models/tiny/infer" + query, INFER);

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.text().replaceAll("\\s", ""))
        .contains("\"model_name\":\"tiny\"", "\"model_version\":\"1\"");
  }

  /** The examples of Triton's client send such names, and so does whoever tags calls for a log. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2?team=shop",
        "/v2/health/live?test_1=1&test_2=2",
        "/v2/health/ready?top_k=3",
        "/v2/models/tiny?test_1=1&test_2=2",
        "/v2/models/tiny/versions/1/ready?team%5B1%5D=shop",
        "/v2/models/stats?team"
      })
  void aNameInAQueryUnderV2_thatNobodyKnows_isPassedOver(String path) {
    Answer answer = rest.get(path);

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(rest.post("/v2/models/tiny/infer?test_1=1&test_2=2", INFER).status()).isEqualTo(200);
  }

  @Test
  void aNameInAQuery_thatMeansSomethingElsewhere_isRefusedUnderV2() {
    Answer answer = rest.post("/v2/models/tiny/infer?top_k=3&team=shop", INFER);

    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text()).contains("?top_k asks for").contains("only :predict takes it");
  }

  /** Else ?topk=3 would vanish, and the answer hold what nobody asked for. */
  @ParameterizedTest
  @CsvSource({
    "/v1/models/tiny:predict?topk=3, topk",
    "/v1/models/tiny:predictTensors?depth=1, depth",
    "/v1/models/tiny:predict?team.x=shop, team"
  })
  void aNameInAQueryUnderV1_thatNobodyKnows_isRefusedByItsName(String path, String name) {
    Answer answer = rest.post(path, path.contains("Tensors") ? RestCalls.WHICH_VERSION : ROWS);

    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text()).contains("Could not find field", name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"GET /v2/health/live HTTP/1.0", "GET /v2/health/live HTTP/1.0\r\nhost: x"})
  void aGetByHttp10_isAnswered_andItsConnectionClosed(String head) {
    Reply reply = http.sendUntilClosed(head + "\r\n\r\n");

    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    assertThat(reply.text()).startsWith("HTTP/1.0 ");
    assertThat(reply.body().strip()).isEqualTo("{\"live\":true}");
    assertThat(reply.header("connection")).isEqualTo("close");
    assertThat(reply.header("content-length")).isEqualTo("14");
  }

  @Test
  void callsByHttp10_thatAskToKeepTheirConnection_shareOne() {
    String post =
        "POST /v1/models/tiny:predict HTTP/1.0\r\nconnection: keep-alive\r\n"
            + "content-length: %d\r\n\r\n%s".formatted(ROWS.length(), ROWS);

    assertThat(http.sendInTurn(post, post))
        .hasSize(2)
        .allSatisfy(
            reply -> {
              assertThat(reply.status()).as(reply.text()).isEqualTo(200);
              assertThat(reply.header("connection")).isEqualTo("keep-alive");
              assertThat(reply.body()).contains("\"predictions\"");
            });
  }

  /** HTTP/1.0 knows no chunks: the end of the connection is the end of such an answer. */
  @Test
  void anAnswerByHttp10_whoseLengthIsNotKnown_endsWithItsConnection() {
    Reply reply =
        http.sendUntilClosed(
            "GET /v1/models HTTP/1.0\r\naccept-encoding: gzip\r\nconnection: keep-alive\r\n\r\n");

    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    assertThat(reply.header("content-encoding")).isEqualTo("gzip");
    assertThat(reply.header("connection")).isEqualTo("close");
    assertThat(reply.header("transfer-encoding")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{tru", "", "[]", "{\"instances\":[[1.0]]}", "{\"instances\":1} x"})
  void aBodyThatIsNoPredict_isRefusedInJson(String body) {
    Answer answer = rest.post("/v1/models/tiny:predict", body);

    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text())
        .contains("\"code\":3", "\"error\":\"")
        .doesNotContain("\"error\":\"\"");
  }

  @Test
  void aGzipBody_isInflatedByTheServer() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(ROWS.getBytes(StandardCharsets.UTF_8));
    }
    Answer answer =
        rest.post("/v1/models/tiny:predict", bytes.toByteArray(), "content-encoding", "gzip");

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "/v2, millrace",
    "/v2/health/live, live",
    "/v2/health/ready, ready",
    "/v2/models/tiny, FP32",
    "/v2/models/tiny/versions/1, FP32",
    "/v2/models/tiny/ready, ready",
    "/v1/models/tiny/metadata, signature_def",
    "/v1/models/tiny/versions/1/metadata, signature_def"
  })
  void whatIsAskedByGet_isAnswered(String path, String words) {
    Answer answer = rest.get(path);

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.text()).contains(words);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v2/models/tiny/infer", "/v2/models/tiny/versions/1/infer"})
  void infer_answers(String path) {
    Answer answer = rest.post(path, INFER);

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.text().replaceAll("\\s", ""))
        .contains("\"model_name\":\"tiny\"", "\"outputs\":[");
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/models//infer, 400",
    "/v2/models/nope/infer, 404",
    "/v2/models/tiny/versions/one/infer, 404",
    "/v2/models/%FF%FE/infer, 400",
    "/v2/models/a%0d%0ab/infer, 400",
    "/v1/models/nope:predict, 404",
    "/v1/models/tiny/versions/9:predict, 404",
    "/v1/models/tiny/labels/nope:predict, 404",
    "/v1/models/:predict, 404",
    "/v1/models/%FF%FE:predict, 400"
  })
  void oddNames_areRefusedWithAReason(String path, int status) {
    Answer answer = rest.post(path, path.startsWith("/v2") ? INFER : ROWS);

    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.text()).contains("\"error\":\"").doesNotContain("\"error\":\"\"");
  }

  @Test
  void aDeadlineOfTheCaller_endsAPredictWithGatewayTimeout() {
    Answer answer =
        rest.post(
            "/v1/models/slow:predict", "{\"inputs\":{\"steps\":500000}}", "grpc-timeout", "50m");

    assertThat(answer.status()).as(answer.text()).isEqualTo(504);
  }
}
