package io.millrace.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Bodies that come compressed. */
final class ContentCodingTest {
  private static final int LIMIT = 100_000;
  private static final HeaderValue JSON = HeaderValue.parse("application/json");

  /** The ways in which clients compress. */
  enum Form {
    GZIP("gzip"),
    ZLIB("deflate"),
    BARE("deflate");

    private final String coding;

    Form(String coding) {
      this.coding = coding;
    }

    RequestBody body(byte[] plain) {
      return new RequestBody(ByteString.copyFrom(compressed(plain)), JSON, coding);
    }

    byte[] compressed(byte[] plain) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (OutputStream out = open(bytes)) {
        out.write(plain);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      return bytes.toByteArray();
    }

    private OutputStream open(ByteArrayOutputStream bytes) throws IOException {
      return switch (this) {
        case GZIP -> new GZIPOutputStream(bytes);
        case ZLIB -> new DeflaterOutputStream(bytes);
        case BARE -> new DeflaterOutputStream(bytes, new Deflater(Deflater.BEST_SPEED, true));
      };
    }
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void aCompressedBody_isInflatedToTheLimit_andNoByteMore(Form form) {
    byte[] most = "x".repeat(LIMIT).getBytes(UTF_8);

    assertThat(form.body(most).bytes(LIMIT)).isEqualTo(ByteString.copyFrom(most));
    ServingException refusal =
        catchThrowableOfType(
            ServingException.class, () -> form.body(new byte[LIMIT + 1]).bytes(LIMIT));
    assertThat(refusal.reason()).isEqualTo(Reason.MESSAGE_TOO_LARGE);
    assertThat(refusal).hasMessageContaining("100000 bytes, after inflating");
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void aCutOrDamagedBody_isRefused(Form form) {
    byte[] whole = form.compressed("a body that is long enough to be cut".getBytes(UTF_8));
    for (int size = 0; size < whole.length; size++) {
      RequestBody cut = new RequestBody(ByteString.copyFrom(whole, 0, size), JSON, form.coding);
      ServingException refusal =
          catchThrowableOfType(ServingException.class, () -> cut.bytes(LIMIT));
      assertThat(refusal).hasMessage("the body is no complete " + form.coding + " stream");
      assertThat(refusal.reason()).isEqualTo(Reason.REQUEST_MALFORMED);
    }
  }

  @Test
  void aBodyOfManyEmptyMembers_isRefused_andTheStackHolds() {
    ByteArrayOutputStream members = new ByteArrayOutputStream();
    for (int i = 0; i < 20_000; i++) {
      members.writeBytes(Form.GZIP.compressed(new byte[0]));
    }
    RequestBody body = new RequestBody(ByteString.copyFrom(members.toByteArray()), JSON, "gzip");

    ServingException refusal =
        catchThrowableOfType(ServingException.class, () -> body.bytes(LIMIT));

    assertThat(refusal).hasMessage("the body is no complete gzip stream");
    assertThat(refusal.reason()).isEqualTo(Reason.REQUEST_MALFORMED);
  }

  @ParameterizedTest
  @CsvSource({"gzip", "GZIP", "' x-gzip '"})
  void namesOfGzip_areKnown(String name) {
    RequestBody body =
        new RequestBody(ByteString.copyFrom(Form.GZIP.compressed(new byte[3])), JSON, name);

    assertThat(body.bytes(LIMIT).size()).isEqualTo(3);
  }

  @Test
  void anotherCoding_isRefusedWithThoseThereAre() {
    RequestBody body = new RequestBody(ByteString.EMPTY, JSON, "br");

    ServingException refusal =
        catchThrowableOfType(ServingException.class, () -> body.bytes(LIMIT));

    assertThat(refusal)
        .hasMessage("content-encoding 'br' is not supported; send gzip, deflate or none");
  }
}
