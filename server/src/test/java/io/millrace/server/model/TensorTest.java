package io.millrace.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TensorTest {
  private static Tensor tensor(DataType dtype, Shape shape, int bytes) {
    return new Tensor("x", dtype, shape, ByteBuffer.allocate(bytes));
  }

  private static void assertRefused(DataType dtype, Shape shape, int bytes) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tensor(dtype, shape, bytes))
        .withMessageContaining(shape.toString());
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BYTES")
  void fixedSizeType_takesExactlyItsBytes(DataType dtype) {
    int bytes = 6 * dtype.byteSize();
    assertThat(tensor(dtype, Shape.of(2, 3), bytes).elements()).isEqualTo(6);
    assertRefused(dtype, Shape.of(2, 3), bytes - 1);
    assertRefused(dtype, Shape.of(2, 3), bytes + 1);
  }

  @Test
  void scalarAndEmpty_haveOneAndNoElement() {
    assertThat(tensor(DataType.FP32, Shape.of(), 4).elements()).isEqualTo(1);
    assertThat(tensor(DataType.FP32, Shape.of(0, 1L << 40), 0).elements()).isZero();
    assertRefused(DataType.FP32, Shape.of(), 0);
  }

  @Test
  void openShape_isNoTensors() {
    assertRefused(DataType.FP32, Shape.of(Shape.ANY, 4), 16);
    assertRefused(DataType.BYTES, Shape.of(Shape.ANY), 0);
  }

  @Test
  void hugeClaims_areRefusedThoughTheirProductWrapsAround() {
    // 2^61 elements of 8 bytes are 2^64 bytes, which is 0 in a long.
    assertRefused(DataType.INT64, Shape.of(1L << 61), 0);
    assertRefused(DataType.FP32, Shape.of(1L << 30), 0);
    assertRefused(DataType.INT8, Shape.of(1L << 32), 0);
    assertRefused(DataType.INT8, Shape.of(1L << 32, 1L << 32), 0);
    assertRefused(DataType.BYTES, Shape.of(Long.MAX_VALUE, Long.MAX_VALUE), 0);
  }

  @Test
  void bytesTensor_takesAnyNumberOfBytes() {
    assertThat(tensor(DataType.BYTES, Shape.of(2), 11).data().remaining()).isEqualTo(11);
  }

  @Test
  void views_areIndependent() {
    Tensor tensor = tensor(DataType.INT32, Shape.of(2), 8);
    ByteBuffer moved = tensor.data();
    moved.getLong();
    assertThat(tensor.data().remaining()).isEqualTo(8);
    assertThat(moved.hasRemaining()).isFalse();
  }

  @Test
  void data_beginsWhereTheGivenBufferStood() {
    ByteBuffer given = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    given.putInt(1).putInt(2).putInt(3).position(4).limit(8);
    Tensor tensor = new Tensor("x", DataType.INT32, Shape.of(1), given);
    given.clear();
    assertThat(tensor.data().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    assertThat(tensor.data().getInt()).isEqualTo(2);
    assertThat(tensor.data().remaining()).isEqualTo(4);
  }

  @Test
  void text_showsNoValuesAndForgesNoLine() {
    Tensor tensor =
        new Tensor("a\nb", DataType.UINT8, Shape.of(1), ByteBuffer.wrap(new byte[] {7}));
    assertThat(tensor).hasToString("'a\\u{a}b' UINT8 [1]");
  }

  @Test
  void bytesType_isTheOnlyOneWithoutFixedSize() {
    assertThat(DataType.values())
        .filteredOn(dtype -> !dtype.isFixedSize())
        .containsExactly(DataType.BYTES);
  }
}
