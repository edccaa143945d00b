package io.millrace.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.server.image.ImageDecoder;
import io.millrace.server.model.DataType;
import io.millrace.server.model.Preprocess;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Signature;
import io.millrace.server.model.TensorSpec;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever the bytes are: tensors, or a refusal in our words. */
final class GarbledContentTest {
  private static final int TRIES = 20_000;

  private final Random random = new Random(5);
  private final ContentInputs inputs =
      new ContentInputs(
          new Signature(List.of(TensorSpec.of("x", DataType.FP32, -1, 2)), List.of()),
          Preprocess.NONE,
          new ImageDecoder(1 << 20).begin(() -> {}),
          1 << 20);

  private int refusals(String type, ByteString whole) {
    int refused = 0;
    for (int i = 0; i < TRIES; i++) {
      try {
        RequestBody body = new RequestBody(garbled(whole), HeaderValue.parse(type), "");
        assertThat(inputs.read(body, ContentQuery.NONE)).isNotNull();
      } catch (ServingException e) {
        assertThat(e.getMessage()).isNotEmpty();
        refused++;
      }
    }
    return refused;
  }

  private ByteString garbled(ByteString whole) {
    byte[] bytes = whole.substring(0, whole.size() - random.nextInt(3)).toByteArray();
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return ByteString.copyFrom(bytes);
  }

  @Test
  void arrays_areReadOrRefused() {
    ByteString file = NpyFile.of(">f4", true, "(2, 2)", new byte[16]);

    assertThat(refusals("application/x-npy", file)).isBetween(1, TRIES - 1);
  }

  @Test
  void forms_areReadOrRefused() {
    ByteString form =
        ByteString.copyFromUtf8(
            """
            --b
            Content-Disposition: form-data; name="x"; filename="f"
            Content-Type: application/octet-stream

            12345678
            --b--
            """
                .replace("\n", "\r\n"));

    assertThat(refusals("multipart/form-data; boundary=b", form)).isBetween(1, TRIES - 1);
  }
}
