package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.server.model.DataType;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Cuts and damages bodies: each is either read or refused with a ServingException. */
class GarbledJsonTest {
  private static final int LIMIT = 1 << 20;
  private static final String TOKENS = "[]{},:\"\\0123456789.eE+-NaInfinitytruefalsenull b64\u00fc";

  private static final Signature SIGNATURE =
      new Signature(
          List.of(
              TensorSpec.of("i", DataType.INT32, -1),
              TensorSpec.of("s", DataType.BYTES, -1),
              TensorSpec.of("f", DataType.FP32, -1)),
          List.of());

  private static final List<String> BODIES =
      List.of(
          "{\"signature_name\": \"\", \"instances\": [{\"i\": [1, -2], \"s\": [\"a\\u00fc\","
              + " {\"b64\": \"aGk=\"}], \"f\": [1.5, NaN]}, {\"i\": [3, 4], \"s\": [\"\", \"x\"],"
              + " \"f\": [1e9, -Infinity]}], \"other\": [[{}]]}",
          "{\"inputs\": {\"i\": [[1, 2]], \"s\": \"gr\u00fcn\", \"f\": [0.25, 7]}}",
          "{\"id\": \"7\", \"inputs\": [{\"data\": [[1, 2], [3, 4]], \"name\": \"x\", \"shape\":"
              + " [2, 2], \"datatype\": \"INT32\"}, {\"name\": \"s\", \"shape\": [1], \"datatype\":"
              + " \"BYTES\", \"data\": [\"\u00fc\"]}], \"outputs\": [{\"name\": \"y\"}],"
              + " \"parameters\": {\"a\": true}}",
          "{\"inputs\": [{\"name\": \"x\", \"shape\": [2], \"datatype\": \"BYTES\", \"parameters\":"
              + " {\"binary_data_size\": 11}}], \"outputs\": [{\"name\": \"y\", \"parameters\":"
              + " {\"binary_data\": true}}]}\3\0\0\0abc\0\0\0\0",
          "{\"id\": \"8\", \"s\": \"gr\u00fcn\", \"i\": [1, 2], \"parameters\": {\"f\": 0.5, \"timeout\":"
              + " 5000, \"stream\": false}, \"temperature\": 0.1}");

  private static void read(ByteString body) {
    try {
      assertThat(PredictBody.read(new JsonText(body), SIGNATURE, LIMIT).inputs()).hasSize(3);
    } catch (ServingException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
    try {
      assertThat(new InferReader(new JsonText(body), LIMIT).read().id()).isNotNull();
    } catch (ServingException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
    for (int behind : new int[] {1, 11}) {
      try {
        HeadLength head = new HeadLength(Integer.toString(Math.max(1, body.size() - behind)));
        assertThat(InferReader.of(body, head, LIMIT).read().inputs()).isNotNull();
      } catch (ServingException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
    try {
      assertThat(new GenerateReader(SIGNATURE, LIMIT).read(new JsonText(body)).id()).isNotNull();
    } catch (ServingException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Test
  void aBodyThatIsCutAnywhere_isReadOrRefused() {
    for (String body : BODIES) {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      for (int length = 0; length <= bytes.length; length++) {
        read(ByteString.copyFrom(bytes, 0, length));
      }
    }
  }

  @Test
  void aBodyWithChangedBytes_isReadOrRefused() {
    Random random = new Random(20_261);
    for (int i = 0; i < 30_000; i++) {
      byte[] bytes = BODIES.get(i % BODIES.size()).getBytes(StandardCharsets.UTF_8);
      for (int changes = random.nextInt(4); changes >= 0; changes--) {
        bytes[random.nextInt(bytes.length)] =
            random.nextInt(3) == 0
                ? (byte) random.nextInt()
                : (byte) TOKENS.charAt(random.nextInt(TOKENS.length()));
      }
      read(ByteString.copyFrom(bytes));
    }
  }

  @Test
  void randomTokens_areReadOrRefused() {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder body = new StringBuilder("{\"inputs\":");
      for (int t = random.nextInt(30); t > 0; t--) {
        body.append(TOKENS.charAt(random.nextInt(TOKENS.length())));
      }
      read(ByteString.copyFromUtf8(body.toString()));
    }
  }

  @Test
  void bytesThatAreNoText_areReadOrRefused() {
    Random random = new Random(8);
    for (int i = 0; i < 5_000; i++) {
      byte[] bytes = new byte[random.nextInt(64)];
      random.nextBytes(bytes);
      read(ByteString.copyFrom(bytes));
    }
    for (Charset charset :
        List.of(StandardCharsets.UTF_16, StandardCharsets.UTF_16LE, StandardCharsets.ISO_8859_1)) {
      BODIES.forEach(body -> read(ByteString.copyFrom(body.getBytes(charset))));
    }
  }
}
