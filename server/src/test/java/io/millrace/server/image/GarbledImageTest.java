package io.millrace.server.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.ImagePlan;
import io.millrace.server.model.ImagePreprocess.PixelValues;
import io.millrace.server.model.ServingException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GarbledImageTest {
  private static final int TRIES = 300;
  private static final ImagePlan PLAN = Plans.floats(PixelValues.DEFAULT, 8, 8);

  private final Random random = new Random(11);

  /** Whatever the bytes are: a tensor, or a refusal in our words. */
  @ParameterizedTest
  @ValueSource(strings = {"png", "jpeg", "gif", "bmp"})
  void garbledBytes_areDecodedOrRefused(String format) {
    int[] noise = random.ints(20 * 20).map(pixel -> pixel & 0xFFFFFF).toArray();
    ByteBuffer whole = Files.file(format, Files.rgb(20, noise));
    int refused = 0;
    for (int i = 0; i < TRIES; i++) {
      ByteBuffer garbled = garbled(whole);
      try {
        assertThat(Decoded.tensor(garbled, PLAN).byteCount()).isEqualTo(3 * 8 * 8 * Float.BYTES);
      } catch (ServingException e) {
        assertThat(e).hasMessageStartingWith("body: ");
        refused++;
      }
    }
    assertThat(refused).isBetween(1, TRIES);
  }

  /** Up to eight other bytes, most of them near the beginning, where the headers are. */
  private ByteBuffer garbled(ByteBuffer whole) {
    byte[] bytes = new byte[whole.limit()];
    whole.get(0, bytes);
    int count = 1 + random.nextInt(8);
    for (int i = 0; i < count; i++) {
      int most = random.nextBoolean() ? Math.min(100, bytes.length) : bytes.length;
      bytes[random.nextInt(most)] = (byte) random.nextInt(256);
    }
    return ByteBuffer.wrap(bytes);
  }
}
