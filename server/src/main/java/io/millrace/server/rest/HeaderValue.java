package io.millrace.server.rest;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The value of a header such as {@code form-data; name="x"}: one word in lower case, and
 * parameters, whose names are in lower case too (RFC 9110, section 5.6.6).
 */
record HeaderValue(String word, Map<String, String> parameters) {
  HeaderValue {
    parameters = Map.copyOf(parameters);
  }

  /** More than any header has that means something; callers may write millions. */
  static final int MAX_PARAMETERS = 20;

  /**
   * What is no parameter is passed over, and so are those beyond {@value #MAX_PARAMETERS}; of two
   * with one name the first counts.
   */
  static HeaderValue parse(String text) {
    Reading reading = new Reading(text);
    String word = reading.until(";").strip().toLowerCase(Locale.ROOT);
    Map<String, String> parameters = new HashMap<>();
    while (!reading.isDone() && parameters.size() < MAX_PARAMETERS) {
      reading.skip();
      String name = reading.until("=;").strip().toLowerCase(Locale.ROOT);
      if (reading.isAt('=')) {
        reading.skip();
        parameters.putIfAbsent(name, reading.value());
      }
    }
    return new HeaderValue(word, parameters);
  }

  /** Empty if there is no such parameter. */
  String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  /** From left to right. Confined to the thread that parses. */
  private static final class Reading {
    private final String text;
    private int at;

    Reading(String text) {
      this.text = text;
    }

    boolean isDone() {
      return at >= text.length();
    }

    boolean isAt(char c) {
      return !isDone() && text.charAt(at) == c;
    }

    void skip() {
      at++;
    }

    String until(String ends) {
      int start = at;
      while (!isDone() && ends.indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(start, at);
    }

    String value() {
      while (isAt(' ')) {
        at++;
      }
      if (!isAt('"')) {
        return until(";").strip();
      }
      StringBuilder value = new StringBuilder();
      for (at++; !isDone() && !isAt('"'); at++) {
        // Of Windows' paths, which old browsers sent, the backslash is no escape.
        boolean escapes = isAt('\\') && at + 1 < text.length() && isQuotable(text.charAt(at + 1));
        at += escapes ? 1 : 0;
        value.append(text.charAt(at));
      }
      var unused = until(";");
      return value.toString();
    }

    private static boolean isQuotable(char c) {
      return c == '"' || c == '\\';
    }
  }
}
