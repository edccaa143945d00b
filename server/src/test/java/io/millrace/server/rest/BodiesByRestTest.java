package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.v1.HttpModelRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What bodies may say that they are, and what they may be compressed with. */
final class BodiesByRestTest {
  private final RunningRest rest = new RunningRest(IrisCalls.IRIS, Runnable::run);

  @AfterEach
  void stop() {
    rest.close();
  }

  private static byte[] gzip(byte[] plain) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(plain);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }

  private static HttpModelRequest gzipped(String body) {
    return RunningRest.request(
        "iris", "", ByteString.copyFrom(gzip(body.getBytes(StandardCharsets.UTF_8))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "application/json",
        "Application/JSON; charset=utf-8",
        "text/json",
        "application/x-www-form-urlencoded",
        "application/vnd.example+json"
      })
  void aBodyThatPassesForJson_isRead(String type) {
    HttpModelRequest request =
        RunningRest.request("iris", type, ByteString.copyFromUtf8(IrisCalls.BODY));

    assertThat(rest.stub().predict(request).getContentType()).isEqualTo("application/json");
  }

  @Test
  void anotherContentType_isRefusedByPredictAndIgnoredByInfer() {
    RunningRest.End end =
        RunningRest.failed(
            () ->
                rest.stub()
                    .predict(
                        RunningRest.request(
                            "iris", "application/pdf", ByteString.copyFromUtf8(IrisCalls.BODY))));

    assertThat(end.reason()).isEqualTo("UNSUPPORTED_OPERATION");
    assertThat(end.message()).contains("'application/pdf'", "application/json");
    assertThat(
            rest.stub()
                .v2ModelInfer(
                    RunningRest.request(
                        "iris", "application/pdf", ByteString.copyFromUtf8(IrisCalls.INFER)))
                .getData()
                .isEmpty())
        .isFalse();
  }

  @Test
  void anEmptyBody_isRefusedWithItsLikelyCause() {
    HttpModelRequest empty = RunningRest.request("iris", "");

    for (RunningRest.End end :
        List.of(
            RunningRest.failed(() -> rest.stub().predict(empty)),
            RunningRest.failed(() -> rest.stub().v2ModelInfer(empty)))) {
      assertThat(end.code()).isEqualTo("INVALID_ARGUMENT");
      assertThat(end.message()).startsWith("the body is empty; send").contains("grpc-gateway");
    }
  }

  @Test
  void aGzippedBody_isInflated() {
    assertThat(
            rest.stub("content-encoding", "gzip")
                .predict(gzipped(IrisCalls.BODY))
                .getData()
                .isEmpty())
        .isFalse();
    assertThat(
            rest.stub("content-encoding", "identity")
                .predict(RunningRest.request("iris", IrisCalls.BODY)))
        .isNotNull();
  }

  @Test
  void aGzipBomb_isRefusedWithTheLimit() {
    RunningRest.End end =
        RunningRest.failed(
            () ->
                rest.stub("content-encoding", "gzip")
                    .predict(gzipped(IrisCalls.padded(RunningRest.MAX_BYTES + 1))));

    assertThat(end.code()).isEqualTo("RESOURCE_EXHAUSTED");
    assertThat(end.reason()).isEqualTo("MESSAGE_TOO_LARGE");
    assertThat(end.message()).contains("" + RunningRest.MAX_BYTES);
    assertThat(end.metadata()).containsEntry("limitBytes", "" + RunningRest.MAX_BYTES);
  }

  @Test
  void gzipThatIsNone_isRefused() {
    byte[] whole = gzip(IrisCalls.BODY.getBytes(StandardCharsets.UTF_8));
    for (ByteString data :
        List.of(
            ByteString.copyFromUtf8(IrisCalls.BODY),
            ByteString.copyFrom(whole, 0, whole.length - 5),
            ByteString.EMPTY)) {
      RunningRest.End end =
          RunningRest.failed(
              () ->
                  rest.stub("content-encoding", "gzip")
                      .predict(RunningRest.request("iris", "", data)));
      assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
    }
  }

  @Test
  void anotherEncoding_isRefused() {
    RunningRest.End end =
        RunningRest.failed(
            () ->
                rest.stub("content-encoding", "br")
                    .predict(RunningRest.request("iris", IrisCalls.BODY)));

    assertThat(end.code()).isEqualTo("UNIMPLEMENTED");
    assertThat(end.message()).contains("'br'", "gzip");
  }

  @Test
  void gzipWithoutItsHeader_isRecognised() {
    RunningRest.End end = RunningRest.failed(() -> rest.stub().predict(gzipped(IrisCalls.BODY)));

    assertThat(end.reason()).isEqualTo("REQUEST_MALFORMED");
    assertThat(end.message()).contains("looks like gzip", "Content-Encoding: gzip");
  }
}
