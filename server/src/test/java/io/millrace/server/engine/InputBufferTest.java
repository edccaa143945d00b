package io.millrace.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class InputBufferTest {
  private final InputBuffer buffer = new InputBuffer();

  @Test
  void fill_givesDirectLittleEndianAlignedCopy() {
    ByteBuffer bytes = ByteBuffer.wrap(new byte[] {9, 1, 0, 0, 0, 9}, 1, 4);

    ByteBuffer copy = buffer.fill(bytes);

    assertThat(copy.isDirect()).isTrue();
    assertThat(copy.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    assertThat(copy.alignmentOffset(0, 64)).isZero();
    assertThat(copy.getInt(0)).isEqualTo(1);
    assertThat(copy.remaining()).isEqualTo(4);
    assertThat(bytes.position()).isEqualTo(1);
  }

  @Test
  void nothing_isAnEmptyBuffer() {
    assertThat(buffer.fill(ByteBuffer.allocate(0)).remaining()).isZero();
  }

  @Test
  void smallerInput_keepsTheMemory() {
    buffer.fill(ByteBuffer.allocate(10_000));
    int large = buffer.capacity();

    buffer.fill(ByteBuffer.allocate(5_000));

    assertThat(buffer.capacity()).isEqualTo(large);
  }

  @Test
  void manySmallInputsInARow_giveTheMemoryBack() {
    buffer.fill(ByteBuffer.allocate(10_000));

    for (int i = 0; i < InputBuffer.SMALL_RUNS_BEFORE_SHRINKING; i++) {
      buffer.fill(ByteBuffer.allocate(100));
    }

    assertThat(buffer.capacity()).isLessThan(1_000);
  }

  @Test
  void oneLargeInputAmongSmallOnes_startsTheCountAgain() {
    buffer.fill(ByteBuffer.allocate(10_000));
    int large = buffer.capacity();

    for (int i = 0; i < 2 * InputBuffer.SMALL_RUNS_BEFORE_SHRINKING; i++) {
      buffer.fill(ByteBuffer.allocate(i % 100 == 0 ? 10_000 : 100));
    }

    assertThat(buffer.capacity()).isEqualTo(large);
  }
}
