package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/**
 * Reads numbers with a fraction, of which an image has a hundred thousand. Those of few digits take
 * one exact operation (W. D. Clinger, How to read floating point numbers accurately, 1990); the
 * library reads the others. Pure.
 */
final class DecimalReader {
  /** Whole numbers below this are doubles. */
  private static final long MAX_WHOLE = 1L << 53;

  /** What a double has more than a float, and the middle between two floats. */
  private static final long LOST_BITS = (1L << 29) - 1;

  private static final long MIDDLE = 1L << 28;

  /** More digits than this are not few, and could exceed a long. */
  private static final int MAX_DIGITS = 17;

  private DecimalReader() {}

  /** The nearest float to the number that is the current token. */
  static float readFloat(JsonParser json) throws IOException {
    double quick = quick(json);
    // The double is not the number but the nearest one to it. Seen from it and from the number the
    // same float is the nearest, unless it lies in the middle of two.
    boolean isSure = (Double.doubleToRawLongBits(quick) & LOST_BITS) != MIDDLE;
    boolean isNormal = Math.abs(quick) >= Float.MIN_NORMAL && Math.abs(quick) < Float.MAX_VALUE;
    boolean isQuick = quick == 0 || (isSure && isNormal);
    return (float) signed(isQuick ? (float) quick : json.getFloatValue(), json);
  }

  /** The library reads the whole number -0 as 0. */
  private static double signed(double value, JsonParser json) throws IOException {
    boolean isMinus = value == 0 && json.getTextCharacters()[json.getTextOffset()] == '-';
    return isMinus ? -0.0 : value;
  }

  /** The nearest double to the number that is the current token. */
  static double readDouble(JsonParser json) throws IOException {
    double quick = quick(json);
    return signed(Double.isNaN(quick) ? json.getDoubleValue() : quick, json);
  }

  /** The nearest double if digits and a fraction are all there is, and few; else NaN. */
  private static double quick(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_NUMBER_FLOAT) {
      return Double.NaN;
    }
    return quick(json.getTextCharacters(), json.getTextOffset(), json.getTextLength());
  }

  static double quick(char[] text, int from, int length) {
    boolean isNegative = length > 0 && text[from] == '-';
    int at = isNegative ? from + 1 : from;
    int end = from + length;
    if (end - at > MAX_DIGITS + 1) {
      return Double.NaN;
    }
    long whole = 0;
    int fraction = -1;
    for (; at < end; at++) {
      int digit = text[at] - '0';
      if (digit >= 0 && digit <= 9) {
        whole = whole * 10 + digit;
        fraction += fraction < 0 ? 0 : 1;
      } else if (text[at] == '.' && fraction < 0) {
        fraction = 0;
      } else {
        return Double.NaN;
      }
    }
    if (whole >= MAX_WHOLE || fraction < 0) {
      return Double.NaN;
    }
    double abs = whole / PowersOfTen.of(fraction);
    return isNegative ? -abs : abs;
  }
}
