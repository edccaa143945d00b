package io.millrace.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class HalfFloatsTest {
  private static final int FP16_INFINITE = 0x7C00;
  private static final int BF16_INFINITE = 0x7F80;

  /** By the definition of the format, in doubles, which hold every value exactly. */
  private static double fp16ToDouble(int half) {
    int exponent = (half >>> 10) & 0x1F;
    int fraction = half & 0x3FF;
    double abs =
        exponent == 0
            ? Math.scalb((double) fraction, -24)
            : Math.scalb(1.0 + fraction / 1024.0, exponent - 15);
    return (half & 0x8000) == 0 ? abs : -abs;
  }

  private static float bf16ToFloat(int half) {
    return Float.intBitsToFloat(half << 16);
  }

  @Test
  void everyFp16Value_encodedFromItsFloat_comesBack() {
    for (int half = 0; half < 0x10000; half++) {
      if ((half & 0x7FFF) < FP16_INFINITE) {
        assertThat(HalfFloats.toFp16((float) fp16ToDouble(half)) & 0xFFFF).isEqualTo(half);
      }
    }
  }

  @Test
  void everyFp16Value_isDecodedByItsDefinition() {
    for (int half = 0; half < 0x10000; half++) {
      if ((half & 0x7FFF) < FP16_INFINITE) {
        assertThat(HalfFloats.fromFp16((short) half)).isEqualTo((float) fp16ToDouble(half));
      }
    }
    assertThat(HalfFloats.fromFp16((short) FP16_INFINITE)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(HalfFloats.fromFp16((short) 0xFC00)).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(HalfFloats.fromFp16((short) 0x7C01)).isNaN();
    assertThat(HalfFloats.fromFp16((short) 0xFE00)).isNaN();
  }

  @Test
  void everyBf16Value_isTheUpperHalfOfItsFloat() {
    for (int half = 0; half < 0x10000; half++) {
      int bits = Float.floatToRawIntBits(HalfFloats.fromBf16((short) half));
      if ((half & 0x7FFF) <= BF16_INFINITE) {
        assertThat(bits).isEqualTo(half << 16);
      }
    }
    assertThat(HalfFloats.fromBf16((short) 0x7FC0)).isNaN();
  }

  @Test
  void floatsBetweenNeighboursInFp16_roundToTheNearestAndTiesToEven() {
    for (int half = 0; half < FP16_INFINITE; half++) {
      // The value after the largest finite one is where the next would be: 65536.
      float middle = (float) ((fp16ToDouble(half) + fp16ToDouble(half + 1)) / 2);
      int even = (half & 1) == 0 ? half : half + 1;
      assertThat(HalfFloats.toFp16(middle)).as("middle above %x", half).isEqualTo((short) even);
      assertThat(HalfFloats.toFp16(Math.nextDown(middle))).isEqualTo((short) half);
      assertThat(HalfFloats.toFp16(Math.nextUp(middle))).isEqualTo((short) (half + 1));
      assertThat(HalfFloats.toFp16(-middle)).isEqualTo((short) (even | 0x8000));
    }
  }

  @Test
  void everyBf16Value_encodedFromItsFloat_comesBack() {
    for (int half = 0; half < 0x10000; half++) {
      if ((half & 0x7FFF) <= BF16_INFINITE) {
        assertThat(HalfFloats.toBf16(bf16ToFloat(half)) & 0xFFFF).isEqualTo(half);
      }
    }
  }

  @Test
  void floatsBetweenNeighboursInBf16_roundToTheNearestAndTiesToEven() {
    for (int half = 0; half < BF16_INFINITE; half++) {
      int middle = (half << 16) | 0x8000;
      int even = (half & 1) == 0 ? half : half + 1;
      assertThat(HalfFloats.toBf16(Float.intBitsToFloat(middle))).isEqualTo((short) even);
      assertThat(HalfFloats.toBf16(Float.intBitsToFloat(middle - 1))).isEqualTo((short) half);
      assertThat(HalfFloats.toBf16(Float.intBitsToFloat(middle + 1))).isEqualTo((short) (half + 1));
    }
  }

  @Test
  void valuesBeyondTheRange_becomeInfiniteOrZeroWithTheirSign() {
    assertThat(HalfFloats.toFp16(65_519.99f) & 0xFFFF).isEqualTo(0x7BFF);
    assertThat(HalfFloats.toFp16(65_520f) & 0xFFFF).isEqualTo(FP16_INFINITE);
    assertThat(HalfFloats.toFp16(1e30f) & 0xFFFF).isEqualTo(FP16_INFINITE);
    assertThat(HalfFloats.toFp16(Float.NEGATIVE_INFINITY) & 0xFFFF).isEqualTo(0xFC00);
    assertThat(HalfFloats.toFp16(-Float.MIN_VALUE) & 0xFFFF).isEqualTo(0x8000);
    assertThat(HalfFloats.toBf16(Float.MAX_VALUE) & 0xFFFF).isEqualTo(BF16_INFINITE);
  }

  @Test
  void everyKindOfNan_staysNan() {
    Random random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      int bits = (0x7F80_0001 + random.nextInt(0x7F_FFFF)) | (random.nextInt(2) << 31);
      float nan = Float.intBitsToFloat(bits);
      assertThat(HalfFloats.toFp16(nan) & 0x7FFF).isGreaterThan(FP16_INFINITE);
      assertThat(HalfFloats.toBf16(nan) & 0x7FFF).isGreaterThan(BF16_INFINITE);
    }
  }
}
