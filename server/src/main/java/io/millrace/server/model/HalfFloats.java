package io.millrace.server.model;

/**
 * Between floats and the bits of the two 16-bit formats. Floats are rounded to nearest, ties to
 * even; too large becomes infinite and NaN stays NaN (IEEE 754). Java 17 has no methods for it.
 */
public final class HalfFloats {
  private static final int SIGN = 0x8000;
  private static final int ABS = 0x7FFF_FFFF;
  private static final int INFINITE = 0x7F80_0000;

  /** 2^16, from where on a float is infinite in FP16. */
  private static final int FP16_OVERFLOW = 0x4780_0000;

  /** 2^-14, below which FP16 has fewer digits. */
  private static final int FP16_SUBNORMAL = 0x3880_0000;

  /** 2^-25, half the least FP16 number. */
  private static final int FP16_UNDERFLOW = 0x3300_0000;

  /** The exponent of what is infinite or NaN in FP16. */
  private static final int FP16_INFINITE = 0x1F;

  private HalfFloats() {}

  /** IEEE binary16: 5 bits of exponent, 10 of fraction. */
  public static short toFp16(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & SIGN;
    int abs = bits & ABS;
    if (abs > INFINITE) {
      return (short) (sign | 0x7E00);
    }
    if (abs >= FP16_OVERFLOW) {
      return (short) (sign | 0x7C00);
    }
    return (short) (sign | (abs < FP16_SUBNORMAL ? subnormal(abs) : normal(abs)));
  }

  /** Drops 13 bits of fraction and 112 of the exponent's bias; a carry runs into the exponent. */
  private static int normal(int abs) {
    int even = (abs >>> 13) & 1;
    return (abs + 0xFFF + even - (112 << 23)) >>> 13;
  }

  /** The number of units of 2^-24. */
  private static int subnormal(int abs) {
    if (abs < FP16_UNDERFLOW) {
      return 0;
    }
    int shift = 126 - (abs >>> 23);
    int fraction = (abs & 0x7F_FFFF) | 0x80_0000;
    int units = fraction >>> shift;
    int rest = fraction - (units << shift);
    int half = 1 << (shift - 1);
    return rest > half || (rest == half && (units & 1) == 1) ? units + 1 : units;
  }

  /** The float that the bits of an IEEE binary16 stand for. */
  public static float fromFp16(short bits) {
    int exponent = (bits >>> 10) & FP16_INFINITE;
    int fraction = bits & 0x3FF;
    float abs =
        switch (exponent) {
          case 0 -> Math.scalb((float) fraction, -24);
          case FP16_INFINITE -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
          default -> Math.scalb((float) (fraction | 0x400), exponent - 25);
        };
    return bits < 0 ? -abs : abs;
  }

  /** bfloat16: the upper half of a float. */
  public static short toBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & ABS) > INFINITE) {
      return (short) ((bits >>> 16) | 0x40);
    }
    int even = (bits >>> 16) & 1;
    return (short) ((bits + 0x7FFF + even) >>> 16);
  }

  /** The float that the bits of a bfloat16 stand for. */
  public static float fromBf16(short bits) {
    return Float.intBitsToFloat(bits << Short.SIZE);
  }
}
