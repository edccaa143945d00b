package io.millrace.server.rest;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;

/**
 * A number without fraction and exponent, exact in 64 bits or known not to fit.
 *
 * @param bits the value, in two's complement
 * @param fitsSigned whether a signed long holds it
 * @param fitsUnsigned whether an unsigned long holds it
 */
record WholeNumber(long bits, boolean fitsSigned, boolean fitsUnsigned) {
  /** So many characters fit a long whatever they are, sign included. */
  private static final int SAFE_LENGTH = 18;

  /** 2^64 - 1 has as many. JSON allows no leading zeros. */
  private static final int MAX_LENGTH = 20;

  private static final WholeNumber HUGE = new WholeNumber(0, false, false);

  /** The number that is the current token. */
  static WholeNumber of(JsonParser json) throws IOException {
    int length = json.getTextLength();
    if (length <= SAFE_LENGTH) {
      long value = json.getLongValue();
      return new WholeNumber(value, true, value >= 0);
    }
    return length > MAX_LENGTH ? HUGE : parse(json.getText());
  }

  private static WholeNumber parse(String text) {
    try {
      long value = Long.parseLong(text);
      return new WholeNumber(value, true, value >= 0);
    } catch (NumberFormatException e) {
      return unsigned(text);
    }
  }

  private static WholeNumber unsigned(String text) {
    try {
      return new WholeNumber(Long.parseUnsignedLong(text), false, true);
    } catch (NumberFormatException e) {
      return HUGE;
    }
  }

  boolean isBetween(long least, long most) {
    return fitsSigned && bits >= least && bits <= most;
  }

  boolean isUnsignedLong() {
    return fitsUnsigned;
  }
}
