package io.millrace.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.model.DataType;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class InputBufferTest {
  private final InputBuffer buffer = new InputBuffer();

  private ByteBuffer place(ByteBuffer bytes) {
    return buffer.place(RunInput.of(tensor(bytes)));
  }

  private static Tensor tensor(ByteBuffer bytes) {
    return new Tensor("x", DataType.UINT8, Shape.of(bytes.remaining()), bytes);
  }

  @Test
  void requestsThatRunTogether_standOneAfterTheOther() {
    Tensor first = tensor(ByteBuffer.wrap(new byte[] {1, 2}));
    Tensor second = tensor(ByteBuffer.wrap(new byte[] {3}));
    RunInput together = RunInput.of(List.of(first, second));

    assertThat(together.shape()).isEqualTo(Shape.of(3));
    assertThat(buffer.place(together)).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
  }

  @Test
  void place_givesDirectLittleEndianAlignedCopy() {
    ByteBuffer bytes = ByteBuffer.wrap(new byte[] {9, 1, 0, 0, 0, 9}, 1, 4);

    ByteBuffer copy = place(bytes);

    assertThat(copy.isDirect()).isTrue();
    assertThat(copy.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    assertThat(copy.alignmentOffset(0, 64)).isZero();
    assertThat(copy.getInt(0)).isEqualTo(1);
    assertThat(copy.remaining()).isEqualTo(4);
    assertThat(bytes.position()).isEqualTo(1);
  }

  @Test
  void alignedValuesInNativeMemory_areUsedAsTheyAre() {
    ByteBuffer memory = ByteBuffer.allocateDirect(1_000).alignedSlice(64);
    memory.put(0, (byte) 7);
    ByteBuffer placed = place(memory.slice(0, 128));

    memory.put(0, (byte) 8);
    assertThat(placed.get(0)).isEqualTo((byte) 8);
    assertThat(placed.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    assertThat(placed.remaining()).isEqualTo(128);
    assertThat(buffer.capacity()).isZero();
  }

  @Test
  void otherValuesInNativeMemory_areCopied() {
    ByteBuffer memory = ByteBuffer.allocateDirect(1_000).alignedSlice(64);
    ByteBuffer crooked = place(memory.slice(4, 128));
    assertThat(crooked.alignmentOffset(0, 64)).isZero();

    ByteBuffer two =
        buffer.place(
            RunInput.of(List.of(tensor(memory.slice(0, 64)), tensor(memory.slice(64, 64)))));
    memory.put(0, (byte) 9);
    assertThat(two.get(0)).isZero();
  }

  @Test
  void nothing_isAnEmptyBuffer() {
    assertThat(place(ByteBuffer.allocate(0)).remaining()).isZero();
  }

  @Test
  void smallerInput_keepsTheMemory() {
    place(ByteBuffer.allocate(10_000));
    int large = buffer.capacity();

    place(ByteBuffer.allocate(5_000));

    assertThat(buffer.capacity()).isEqualTo(large);
  }

  @Test
  void manySmallInputsInARow_giveTheMemoryBack() {
    place(ByteBuffer.allocate(10_000));

    for (int i = 0; i < InputBuffer.SMALL_RUNS_BEFORE_SHRINKING; i++) {
      place(ByteBuffer.allocate(100));
    }

    assertThat(buffer.capacity()).isLessThan(1_000);
  }

  @Test
  void oneLargeInputAmongSmallOnes_startsTheCountAgain() {
    place(ByteBuffer.allocate(10_000));
    int large = buffer.capacity();

    for (int i = 0; i < 2 * InputBuffer.SMALL_RUNS_BEFORE_SHRINKING; i++) {
      place(ByteBuffer.allocate(i % 100 == 0 ? 10_000 : 100));
    }

    assertThat(buffer.capacity()).isEqualTo(large);
  }

  @Test
  void memoryThatIsNotSmall_isGivenBackWhileNothingRuns() {
    place(ByteBuffer.allocate(10_000));
    buffer.giveBack();
    assertThat(buffer.capacity()).isPositive();

    place(ByteBuffer.allocate(2 << 20));
    buffer.giveBack();
    assertThat(buffer.capacity()).isZero();

    ByteBuffer again = place(ByteBuffer.wrap(new byte[] {5}));
    assertThat(again.get(0)).isEqualTo((byte) 5);
  }
}
