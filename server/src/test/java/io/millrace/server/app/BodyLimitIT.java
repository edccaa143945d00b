package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.app.RawHttp.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The limit that is named is the limit that holds, to the byte, for each way to send a body. */
final class BodyLimitIT {
  private static final int LIMIT = 64 << 20;
  private static final String PREDICT = "/v1/models/tiny:predict";
  private static final String ROWS = "{\"instances\":[[1.0,2.0]]}";
  private static final String INFER =
      "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1.0,2.0]}]}";

  @TempDir private static Path temp;
  private static RunningServer server;
  private static RawHttp http;

  @BeforeAll
  static void start() {
    Path repository = temp.resolve("repository");
    Repositories.drop(repository, "tiny", 1, "constant-version-1.onnx");
    server = RunningServer.startWithEnvoy(repository);
    http = new RawHttp(URI.create(server.restUrl()));
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  /** A good body for the path, with white space up to a size. */
  private static byte[] body(String path, int size) {
    String json =
        path.endsWith(":predict")
            ? ROWS
            : path.endsWith("Tensors") ? RestCalls.WHICH_VERSION : INFER;
    byte[] body = new byte[size];
    Arrays.fill(body, (byte) ' ');
    byte[] text = json.getBytes(US_ASCII);
    System.arraycopy(text, 0, body, 0, text.length - 1);
    body[size - 1] = '}';
    return body;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        PREDICT,
        "/v1/models/tiny/versions/1:predict",
        "/v2/models/tiny/infer",
        "/v1/models/tiny:predictTensors"
      })
  void aBodyOfTheLimit_passes_andOneByteMoreIsRefusedWithTheLimit(String path) {
    Reply whole = http.send("POST", path, body(path, LIMIT), "content-type: application/json");
    Reply chunked = http.sendInChunks(path, body(path, LIMIT));

    assertThat(whole.status()).as(whole.text()).isEqualTo(200);
    assertThat(chunked.status()).as(chunked.text()).isEqualTo(200);
    assertTooLarge(http.send("POST", path, body(path, LIMIT + 1)));
    assertTooLarge(http.sendInChunks(path, body(path, LIMIT + 1)));
  }

  private static void assertTooLarge(Reply reply) {
    assertThat(reply.status()).as(reply.text()).isEqualTo(413);
    assertThat(reply.header("content-type")).isEqualTo("application/json");
    assertThat(reply.body())
        .contains(
            "\"code\":8", "above the limit of 64MiB (--max-message-size)", "MESSAGE_TOO_LARGE");
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(plain);
    }
    return bytes.toByteArray();
  }

  private static Reply sendGzip(byte[] body) {
    return http.send("POST", PREDICT, body, "content-encoding: gzip");
  }

  @Test
  void whatInflatesToTheLimit_passes_andOneByteMoreIsRefusedWithTheLimit() throws IOException {
    Reply most = sendGzip(gzip(body(PREDICT, LIMIT)));
    Reply more = sendGzip(gzip(body(PREDICT, LIMIT + 1)));
    Reply bomb = sendGzip(gzip(new byte[4 * LIMIT]));

    assertThat(most.status()).as(most.text()).isEqualTo(200);
    for (Reply refused : new Reply[] {more, bomb}) {
      assertThat(refused.status()).as(refused.text()).isEqualTo(429);
      assertThat(refused.body())
          .contains("MESSAGE_TOO_LARGE", "limit of 67108864 bytes, after inflating");
    }
  }

  @Test
  void gzipThatIsCutShort_isRefused_andWhatFollowsIsIgnoredAsAfterTheJson() throws IOException {
    byte[] good = gzip(ROWS.getBytes(US_ASCII));
    byte[] longer = Arrays.copyOf(good, good.length + 3);

    for (int size : new int[] {1, 9, good.length / 2, good.length - 1}) {
      Reply cut = sendGzip(Arrays.copyOf(good, size));
      assertThat(cut.status()).as(cut.text()).isEqualTo(400);
      assertThat(cut.body()).contains("REQUEST_MALFORMED", "no complete gzip stream");
    }
    assertThat(sendGzip(longer).status()).isEqualTo(200);
    Reply twice = sendGzip(gzip(good));
    assertThat(twice.status()).as(twice.text()).isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /v1/models/tiny:predict        | content-encoding: br         | gzip
          /v1/models/tiny:predict        | content-encoding: gzip, gzip | gzip
          /v2/models/tiny/infer          | content-encoding: zstd       | gzip, deflate or none
          /v1/models/tiny:predictTensors | content-encoding: gzip       | no content-encoding
          /v1/models/tiny:predict        | content-type: text/html      | application/json
          /v1/models/tiny:predict        | content-type: application/pdf | image/*
          """)
  void whatIsNoJson_isUnsupportedMediaType(String path, String header, String words) {
    Reply reply = http.send("POST", path, body(path, 200), header);

    assertThat(reply.status()).as(reply.text()).isEqualTo(415);
    assertThat(reply.body()).contains("\"code\":12", "UNSUPPORTED_OPERATION", words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "content-encoding: identity",
        "content-encoding:",
        "content-type: application/x-www-form-urlencoded",
        "content-type: application/json; charset=utf-8",
        "content-type: Application/JSON",
        "content-type: application/vnd.any+json",
        "content-type:"
      })
  void whatPassesForJson_isRead(String header) {
    assertThat(http.send("POST", PREDICT, body(PREDICT, 200), header).status()).isEqualTo(200);
  }
}
