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

  static void write(double value, ElementsWriter out) {
    if (Double.isNaN(value)) {
      out.text("nan");
      return;
    }
    if (Double.doubleToRawLongBits(value) < 0) {
      out.character('-');
    }
    double abs = Math.abs(value);
    if (Double.isInfinite(abs)) {
      out.text("inf");
    } else {
      writeFinite(abs, out);
    }
  }

  private static void writeFinite(double abs, ElementsWriter out) {
    double scaled = abs * UNIT;
    long whole = (long) scaled;
    double rest = scaled - whole;
    if (abs >= QUICK || Math.abs(rest - 0.5) < DOUBTFUL) {
      out.text(new BigDecimal(abs).setScale(DIGITS, RoundingMode.HALF_EVEN).toPlainString());
      return;
    }
    long rounded = rest > 0.5 ? whole + 1 : whole;
    out.number(rounded / UNIT, 1);
    out.character('.');
    out.number(rounded % UNIT, DIGITS);
  }
}
