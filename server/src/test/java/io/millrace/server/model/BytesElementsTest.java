package io.millrace.server.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BytesElementsTest {
  private static final List<byte[]> WORDS =
      List.of("müller".getBytes(UTF_8), new byte[0], new byte[] {0, -1}, new byte[300]);

  private static void assertRefused(ByteBuffer encoded, long count) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BytesElements.decode(encoded, count))
        .withMessageContaining(encoded.remaining() + " bytes are not " + count + " elements");
  }

  private static ByteBuffer lengths(int... lengths) {
    ByteBuffer encoded = ByteBuffer.allocate(4 * lengths.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int length : lengths) {
      encoded.putInt(length);
    }
    return encoded.flip();
  }

  @Test
  void elements_comeBackAsTheyWent() {
    ByteBuffer encoded = BytesElements.encode(WORDS);
    assertThat(encoded.remaining()).isEqualTo(4 * 4 + 7 + 2 + 300);
    assertThat(BytesElements.decode(encoded, 4))
        .usingElementComparator(Arrays::compare)
        .containsExactlyElementsOf(WORDS);
  }

  @Test
  void noElements_areNoBytes() {
    assertThat(BytesElements.encode(List.of()).hasRemaining()).isFalse();
    assertThat(BytesElements.decode(ByteBuffer.allocate(0), 0)).isEmpty();
  }

  @Test
  void length_isLittleEndian() {
    byte[] encoded = BytesElements.encode(List.of(new byte[0x0102])).array();
    assertThat(encoded).startsWith(2, 1, 0, 0);
  }

  @Test
  void decode_leavesTheBufferAndItsByteOrderAlone() {
    ByteBuffer encoded = ByteBuffer.allocate(20).order(ByteOrder.BIG_ENDIAN).position(5);
    encoded.put(BytesElements.encode(List.of("abc".getBytes(UTF_8)))).flip().position(5);
    assertThat(BytesElements.decode(encoded, 1)).containsExactly("abc".getBytes(UTF_8));
    assertThat(encoded.position()).isEqualTo(5);
    assertThat(encoded.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
  }

  @Test
  void truncationAtEveryByte_isRefused() {
    ByteBuffer encoded = BytesElements.encode(WORDS);
    for (int end = 0; end < encoded.capacity(); end++) {
      assertRefused(encoded.duplicate().limit(end), WORDS.size());
    }
  }

  @Test
  void bytesLeftOver_areRefused() {
    assertRefused(ByteBuffer.allocate(5), 1);
    assertRefused(ByteBuffer.allocate(1), 0);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 3, Integer.MAX_VALUE, 1L << 32, Long.MAX_VALUE, -1, Long.MIN_VALUE})
  void countThatLies_isRefused(long count) {
    assertRefused(lengths(0, 0), count);
  }

  @Test
  void negativeCountOfNothing_isRefusedThoughItWrapsToZero() {
    assertRefused(ByteBuffer.allocate(0), -1L << 32);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
  void lengthThatLies_isRefused(int length) {
    assertRefused(lengths(length), 1);
    assertRefused(lengths(0, length), 2);
  }

  @Test
  void anyBytes_areRefusedOrEncodeToThemselves() {
    Random random = new Random(7);
    int accepted = 0;
    for (int i = 0; i < 20_000; i++) {
      ByteBuffer bytes = fewSmallBytes(random);
      accepted += decodesToItself(bytes, random.nextInt(4)) ? 1 : 0;
    }
    assertThat(accepted).isPositive();
  }

  /** Mostly zeros, so that a fair part of them is valid. */
  private static ByteBuffer fewSmallBytes(Random random) {
    byte[] bytes = new byte[random.nextInt(14)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt(-1, 4) : 0);
    }
    return ByteBuffer.wrap(bytes);
  }

  private static boolean decodesToItself(ByteBuffer bytes, int count) {
    List<byte[]> elements;
    try {
      elements = BytesElements.decode(bytes, count);
    } catch (IllegalArgumentException expected) {
      return false;
    }
    assertThat(elements).hasSize(count);
    assertThat(BytesElements.encode(elements)).isEqualTo(bytes);
    return true;
  }
}
