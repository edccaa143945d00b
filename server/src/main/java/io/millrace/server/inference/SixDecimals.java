package io.millrace.server.inference;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Writes numbers as C's {@code %f} does, and so as Triton writes scores: six digits behind the
 * point, rounded from the number's exact value, ties to even; infinities and NaN in small letters.
 * Pure.
 */
final class SixDecimals {
  private static final int DIGITS = 6;
  private static final long UNIT = 1_000_000;

  /** Below this, one operation errs by less than a doubtful rest. */
  private static final double QUICK = 1_000;

  private static final double DOUBTFUL = 1e-5;

  private SixDecimals() {}

  static String of(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    String sign = Double.doubleToRawLongBits(value) < 0 ? "-" : "";
    double abs = Math.abs(value);
    return sign + (Double.isInfinite(abs) ? "inf" : text(abs));
  }

  private static String text(double abs) {
    double scaled = abs * UNIT;
    long whole = (long) scaled;
    double rest = scaled - whole;
    if (abs >= QUICK || Math.abs(rest - 0.5) < DOUBTFUL) {
      return new BigDecimal(abs).setScale(DIGITS, RoundingMode.HALF_EVEN).toPlainString();
    }
    long rounded = rest > 0.5 ? whole + 1 : whole;
    String fraction = Long.toString(rounded % UNIT);
    return rounded / UNIT + "." + "0".repeat(DIGITS - fraction.length()) + fraction;
  }
}
