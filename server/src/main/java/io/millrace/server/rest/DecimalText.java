package io.millrace.server.rest;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * Writes floating-point numbers as TensorFlow Serving does: by C's {@code %g} with 6 digits if that
 * reads back as the same number, else with as many as make sure of it; with ".0" behind whole
 * numbers; and NaN, Infinity and -Infinity bare. Pure.
 */
final class DecimalText {
  private static final int SHORT = 6;
  private static final int FLOAT_DIGITS = 9;
  private static final int DOUBLE_DIGITS = 17;

  private DecimalText() {}

  static String of(float value) {
    if (!Float.isFinite(value)) {
      return Float.toString(value);
    }
    String brief = text(value, SHORT);
    return Float.parseFloat(brief) == value ? brief : text(value, FLOAT_DIGITS);
  }

  static String of(double value) {
    if (!Double.isFinite(value)) {
      return Double.toString(value);
    }
    String brief = text(value, SHORT);
    return Double.parseDouble(brief) == value ? brief : text(value, DOUBLE_DIGITS);
  }

  private static String text(double value, int digits) {
    String sign = Double.doubleToRawLongBits(value) < 0 ? "-" : "";
    double abs = Math.abs(value);
    return abs == 0 ? sign + "0.0" : sign + Digits.of(abs, digits).text(digits);
  }

  /**
   * A number d.ddd times ten to the exponent.
   *
   * @param digits without trailing zeros
   */
  private record Digits(String digits, int exponent) {
    static Digits of(double abs, int digits) {
      Digits quick = digits <= FLOAT_DIGITS ? quick(abs, digits) : null;
      return quick == null ? exact(abs, digits) : quick;
    }

    /** By one correctly rounded operation, or null if that could round the wrong way. */
    private static @Nullable Digits quick(double abs, int digits) {
      int exponent = (int) Math.floor(Math.log10(abs));
      int shift = digits - 1 - exponent;
      if (Math.abs(shift) >= PowersOfTen.COUNT) {
        return null;
      }
      double scaled = shift >= 0 ? abs * PowersOfTen.of(shift) : abs / PowersOfTen.of(-shift);
      long whole = (long) scaled;
      double rest = scaled - whole;
      long rounded = rest > 0.5 ? whole + 1 : whole;
      boolean isDoubtful = Math.abs(rest - 0.5) < 1e-5;
      // An exponent that log10 missed by one shows in the number of digits.
      if (isDoubtful
          || rounded < (long) PowersOfTen.of(digits - 1)
          || rounded >= (long) PowersOfTen.of(digits)) {
        return null;
      }
      return new Digits(stripped(Long.toString(rounded)), exponent);
    }

    private static Digits exact(double abs, int digits) {
      BigDecimal rounded =
          new BigDecimal(abs).round(new MathContext(digits, RoundingMode.HALF_EVEN));
      return new Digits(
          stripped(rounded.unscaledValue().toString()), rounded.precision() - rounded.scale() - 1);
    }

    private static String stripped(String digits) {
      int end = digits.length();
      while (end > 1 && digits.charAt(end - 1) == '0') {
        end--;
      }
      return digits.substring(0, end);
    }

    String text(int precision) {
      if (exponent < -4 || exponent >= precision) {
        return scientific();
      }
      if (exponent < 0) {
        return "0." + "0".repeat(-exponent - 1) + digits;
      }
      int whole = exponent + 1;
      return digits.length() <= whole
          ? digits + "0".repeat(whole - digits.length()) + ".0"
          : digits.substring(0, whole) + "." + digits.substring(whole);
    }

    private String scientific() {
      String fraction = digits.length() == 1 ? "" : "." + digits.substring(1);
      int abs = Math.abs(exponent);
      return digits.charAt(0)
          + fraction
          + (exponent < 0 ? "e-" : "e+")
          + (abs < 10 ? "0" : "")
          + abs;
    }
  }
}
