package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are wrong have their HTTP status and an error that says why, Envoy's own too. */
final class ErrorsByRestIT {
  private static final String ROWS = "{\"instances\":[[1,2]]}";

  @TempDir private static Path temp;
  private static RunningServer server;
  private static RawHttp http;
  private static RestErrors errors;

  @BeforeAll
  static void start() {
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    Repositories.write(repository.resolve("broken/1/model.onnx"), "no model");
    server = RunningServer.startWithEnvoy(repository);
    http = new RawHttp(URI.create(server.restUrl()));
    errors = new RestErrors(temp);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      nullValues = "-",
      textBlock =
          """
          nope:predict            | {"instances":[[1,2]]}                  | 404 | 5  | MODEL_NOT_FOUND
          tiny/versions/9:predict | {"instances":[[1,2]]}                  | 404 | 5  | VERSION_NOT_FOUND
          tiny/versions/x:predict | {"instances":[[1,2]]}                  | 404 | 5  | VERSION_NOT_FOUND
          tiny/labels/x:predict   | {"instances":[[1,2]]}                  | 404 | 5  | VERSION_NOT_FOUND
          broken:predict          | {"instances":[[1,2]]}                  | 400 | 9  | MODEL_LOAD_FAILED
          a%20b:predict           | {"instances":[[1,2]]}                  | 400 | 3  | REQUEST_MALFORMED
          tiny:predict            | {"instances":[[1,2,3]]}                | 400 | 3  | TENSOR_SHAPE_MISMATCH
          tiny:predict            | {"instances":[[1,2],[1]]}              | 400 | 3  | TENSOR_SHAPE_MISMATCH
          tiny:predict            | {"instances":[["a",2]]}                | 400 | 3  | TENSOR_DTYPE_MISMATCH
          tiny:predict            | {"instances":[[true,2]]}               | 400 | 3  | TENSOR_DTYPE_MISMATCH
          tiny:predict            | {"inputs":{"z":[[1,2]]}}               | 400 | 3  | TENSOR_MISSING
          tiny:predict            | {"instances":[[1,2]],"instances":[]}   | 400 | 3  | given twice
          tiny:predict            | {"instances":[[1,2]],"inputs":[]}      | 400 | 3  | both
          tiny:predict            | {"instances":[[nan,2]]}                | 400 | 3  | line 1
          tiny:predict            | {"instances":[[1,2]                    | 400 | 3  | ends before
          tiny:predict            | {}                                     | 400 | 3  | REQUEST_MALFORMED
          tiny:predict            | -                                      | 400 | 3  | empty
          tiny:predict?depth=1    | {"instances":[[1,2]]}                  | 400 | 3  | depth
          tiny:predict?shape=1    | {"instances":[[1,2]]}                  | 400 | 3  | ; the body is JSON
          tiny:classify?top_k=1   | {"examples":[{"x":[1,2]}]}             | 400 | 3  | ; only :predict takes it
          tiny:predictTensors     | {"inputs":[{"name":"x"}]}              | 400 | 3  | dtype
          tiny:predictTensors     | {"inputs":[{"dtype":"DT_NOPE"}]}       | 400 | 3  | DT_NOPE
          tiny:predictTensors     | {"inputs":[{"fp32_val":[NaN]}]}        | 400 | 3  | Unexpected token
          tiny:predictTensors     | {"inputs":[{"fp32_val":[1e400]}]}      | 400 | 3  | range of double
          tiny:predictTensors     | {"inputs":[{"raw":"!!"}]}              | 400 | 3  | raw
          tiny:predictTensors     | {"inputs":                             | 400 | 3  | end of
          tiny:predictTensors     | {"model_spec":{"version":9}}           | 404 | 5  | VERSION_NOT_FOUND
          tiny:predictTensors     | {"parameters":{"priority":-1}}         | 400 | 3  | PARAMETER_INVALID
          nope:predictTensors     | {}                                     | 404 | 5  | MODEL_NOT_FOUND
          broken:predictTensors   | {}                                     | 400 | 9  | MODEL_LOAD_FAILED
          """)
  void aPredict_isRefused(String path, String body, int status, int code, String words) {
    byte[] bytes = body == null ? new byte[0] : body.getBytes(UTF_8);
    errors.assertError(http.send("POST", "/v1/models/" + path, bytes), status, code, words);
  }

  @ParameterizedTest
  @CsvSource({
    "'\"datatype\":\"FP16\",\"shape\":[1,2],\"data\":[1,2]', 501, 12, UNSUPPORTED_OPERATION",
    "'\"datatype\":\"INT64\",\"shape\":[1,2],\"data\":[1,2]', 400, 3, TENSOR_DTYPE_MISMATCH",
    "'\"datatype\":\"FP32\",\"shape\":[1,3],\"data\":[1,2,3]', 400, 3, TENSOR_SHAPE_MISMATCH",
    "'\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,2,3]', 400, 3, TENSOR_SIZE_MISMATCH",
    "'\"datatype\":\"FP32\",\"shape\":[1,-2],\"data\":[]', 400, 3, TENSOR_SHAPE_MISMATCH",
    "'\"datatype\":\"FP31\",\"shape\":[1,2],\"data\":[1,2]', 400, 3, FP31",
    "'\"datatype\":\"FP32\",\"shape\":[1e400,2],\"data\":[1,2]', 400, 3, whole numbers"
  })
  void anInfer_isRefused(String input, int status, int code, String words) {
    byte[] body = "{\"inputs\":[{\"name\":\"x\",%s}]}".formatted(input).getBytes(UTF_8);
    errors.assertError(http.send("POST", "/v2/models/tiny/infer", body), status, code, words);
  }

  @Test
  void anInferWhoseTimeoutMakesNoSense_isRefused() {
    byte[] body = "{\"inputs\":[],\"parameters\":{\"timeout\":\"2s\"}}".getBytes(UTF_8);
    errors.assertError(
        http.send("POST", "/v2/models/tiny/infer", body), 400, 3, "parameters.timeout is '2s'");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /, 404, 12",
    "GET, /v1/models/tiny:predict, 405, 12",
    "PUT, /v1/models/tiny, 404, 12",
    "TRACE, /v1/models, 404, 12",
    "BREW, /v1/models, 400, 3",
    "get, /v1/models, 400, 3",
    "CONNECT, /v1/models, 400, 3",
    "GET, //v1/models, 404, 12",
    "GET, /v1//models, 404, 12",
    "GET, /v2/models//ready, 400, 3",
    "GET, /v1/models/%FF, 400, 3",
    "GET, /v1/models/\u00ff, 400, 3",
    "GET, /v1/models/a%00, 400, 3",
    "GET, /v1/models/a#b, 400, 3",
    "GET, /v1/models/a%zz, 400, 3",
    "GET, /v1/models/..%2F..%2Fetc, 400, 3",
    "GET, /v1/models/tiny/../../../etc, 404, 12",
    "GET, /v1/models/tiny/labels/%FF, 400, 3",
    "GET, /v1/models/tiny/versions/99999999999999999999, 400, 3",
    "GET, /v1/models?page_size=-1, 400, 3",
    "GET, /v1/models?page_token=%FF, 400, 3",
    "GET, v1/models, 400, 3",
    "GET, '', 400, 3"
  })
  void anOddRequest_isRefused(String method, String path, int status, int code) {
    errors.assertError(http.send(method, path, new byte[0]), status, code);
  }

  @ParameterizedTest
  @CsvSource({
    "GET /nope HTTP/1.0, 404, 12, nothing at GET /nope",
    "GET /v1/models/tiny:predict HTTP/1.0, 405, 12, takes POST",
    "GET /v2/health/live HTTP/1.1, 400, 3, names no host",
    "'GET /v2/health/live HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade', 403, 12,"
        + " upgrade",
  })
  void anOldOrIncompleteRequest_isNoErrorOfTheServer(
      String head, int status, int code, String words) {
    errors.assertError(http.sendUntilClosed(head + "\r\n\r\n"), status, code, words);
  }

  @Test
  void manyHeaders_areTakenByTheServerIfEnvoyTakesThem_elseRefusedInWords() {
    String[] most = headers(90, 115);
    String[] tooLong = headers(90, 140);

    assertThat(http.send("GET", "/v1/models", new byte[0], most).status()).isEqualTo(200);
    errors.assertError(http.send("GET", "/v1/models", new byte[0], tooLong), 431, 8, "12 KiB");
  }

  private static String[] headers(int count, int length) {
    return IntStream.range(0, count)
        .mapToObj(i -> "x-%02d: %s".formatted(i, "a".repeat(length)))
        .toArray(String[]::new);
  }

  @Test
  void aNameOf4KB_isRefused_andOneBeyondTheHeadersLimitToo() {
    String name = "a".repeat(4_096);

    errors.assertError(http.send("GET", "/v1/models/" + name, new byte[0]), 400, 3, "is no name");
    errors.assertError(http.send("GET", "/" + name.repeat(5), new byte[0]), 431, 8, "12 KiB");
    errors.assertError(
        http.send("GET", "/v1/models", new byte[0], "x-large: " + name.repeat(5)),
        431,
        8,
        "12 KiB");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/models/tiny:predict",
        "/v2/models/tiny/infer",
        "/v1/models/tiny:predictTensors"
      })
  void jsonThatIsNested10000Deep_isRefused(String path) {
    for (String part : new String[] {"[", "{\"a\":"}) {
      errors.assertError(http.send("POST", path, part.repeat(10_000).getBytes(UTF_8)), 400, 3);
    }
    byte[] notText = "{\"inputs\":\"\u00ff\"}".getBytes(ISO_8859_1);
    errors.assertError(http.send("POST", path, notText), 400, 3);
  }

  /** gRPC takes such headers for base64 and breaks off the whole connection over others. */
  @ParameterizedTest
  @ValueSource(
      strings = {"x-any-bin: !!!", "X-ANY-BIN: a", "grpc-status-details-bin: \u00e4", "-bin: %"})
  void aHeaderThatIsNotTheBase64ThatItsNamePromises_isDropped(String header) {
    for (String path : new String[] {"/v1/models/tiny", "/v2/health/live", "/v2/models/tiny"}) {
      assertThat(http.send("GET", path, new byte[0], header).status()).isEqualTo(200);
    }
    byte[] rows = ROWS.getBytes(UTF_8);
    assertThat(http.send("POST", "/v1/models/tiny:predict", rows, header).status()).isEqualTo(200);
  }
}
