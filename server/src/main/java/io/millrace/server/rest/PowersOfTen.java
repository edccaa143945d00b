package io.millrace.server.rest;

/** The powers of ten that a double holds exactly. Pure. */
final class PowersOfTen {
  /** How many there are; the largest has an exponent of one less. */
  static final int COUNT = 23;

  private static final double[] TENS = new double[COUNT];

  static {
    TENS[0] = 1;
    for (int i = 1; i < COUNT; i++) {
      TENS[i] = TENS[i - 1] * 10;
    }
  }

  private PowersOfTen() {}

  /**
   * Ten to the exponent.
   *
   * @param exponent from 0, below {@link #COUNT}
   */
  static double of(int exponent) {
    return TENS[exponent];
  }
}
