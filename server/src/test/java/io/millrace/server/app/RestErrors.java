package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import io.millrace.server.app.RawHttp.Reply;
import io.millrace.server.model.Reason;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Errors by REST are {"error", "code", "details"} and show nothing of the server's inside.
 *
 * @param hidden a folder whose path no error may tell
 */
record RestErrors(Path hidden) {
  void assertError(Reply reply, int status, int code, String... words) {
    assertThat(reply.status()).as(reply.text()).isEqualTo(status);
    assertThat(reply.header("content-type")).isEqualTo("application/json");
    Struct.Builder error = Struct.newBuilder();
    try {
      JsonFormat.parser().merge(reply.body(), error);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(reply.text(), e);
    }
    assertThat(error.getFieldsMap()).containsOnlyKeys("code", "error", "details");
    assertThat(error.getFieldsOrThrow("code").getNumberValue()).isEqualTo(code);
    assertThat(error.getFieldsOrThrow("error").getStringValue()).isNotBlank();
    assertReason(error.getFieldsOrThrow("details").getListValue().getValues(0).getStructValue());
    assertThat(reply.body())
        .contains(words.length == 0 ? List.of("error") : List.of(words))
        .doesNotContain("Exception", "io.millrace.server", "java.", hidden.toString());
  }

  /** Envoy's own errors have one too, as if they were the server's. */
  private static void assertReason(Struct detail) {
    assertThat(detail.getFieldsMap()).containsOnlyKeys("@type", "reason", "domain", "metadata");
    assertThat(detail.getFieldsOrThrow("@type").getStringValue())
        .isEqualTo("type.googleapis.com/google.rpc.ErrorInfo");
    assertThat(detail.getFieldsOrThrow("domain").getStringValue()).isEqualTo("millrace");
    assertThat(detail.getFieldsOrThrow("reason").getStringValue())
        .isIn(Stream.of(Reason.values()).map(Reason::name).toList());
  }
}
