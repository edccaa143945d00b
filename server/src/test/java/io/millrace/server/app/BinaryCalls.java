package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.server.app.RestCalls.Answer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;

/** Inferences by REST with tensors behind the JSON, and what stands in their answers. */
record BinaryCalls(RestCalls rest) {
  static final String HEAD_LENGTH = "Inference-Header-Content-Length";

  /** JSON with single quotes, and the bytes behind it. */
  Answer infer(String model, String json, ByteString tensors) {
    byte[] head = json.replace('\'', '"').getBytes(UTF_8);
    return send(model, head.length, ByteString.copyFrom(head).concat(tensors).toByteArray());
  }

  Answer send(String model, int headLength, byte[] body, String... coding) {
    List<String> headers =
        Stream.concat(
                Stream.of(
                    HEAD_LENGTH,
                    Integer.toString(headLength),
                    "content-type",
                    "application/octet-stream"),
                Stream.of(coding))
            .toList();
    return rest.post("/v2/models/" + model + "/infer", body, headers.toArray(String[]::new));
  }

  /** Values of type FP32, as they lie behind the JSON. */
  static ByteString floats(float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return ByteString.copyFrom(bytes.flip());
  }

  /** What is behind the JSON of an answer. */
  static ByteString tensors(Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("application/octet-stream");
    byte[] body = answer.response().body();
    assertThat(answer.header("content-length")).isIn("", Integer.toString(body.length));
    return ByteString.copyFrom(body).substring(headLength(answer));
  }

  static String json(Answer answer) {
    return ByteString.copyFrom(answer.response().body())
        .substring(0, headLength(answer))
        .toStringUtf8();
  }

  private static int headLength(Answer answer) {
    return Integer.parseInt(answer.header(HEAD_LENGTH));
  }
}
