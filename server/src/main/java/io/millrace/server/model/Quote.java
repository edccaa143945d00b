package io.millrace.server.model;

/**
 * Puts text from outside into messages: in single quotes, cut, and with nothing that could forge a
 * line of a log.
 */
public final class Quote {
  private static final int MAX_LENGTH = 128;

  private Quote() {}

  /**
   * The text in single quotes, control and other unprintable characters escaped, cut at 128
   * characters.
   */
  public static String of(String text) {
    return "'" + plain(text) + "'";
  }

  /** The same without the quotes. */
  public static String plain(String text) {
    StringBuilder plain = new StringBuilder();
    text.codePoints().limit(MAX_LENGTH).forEach(c -> append(plain, c));
    if (text.codePointCount(0, text.length()) > MAX_LENGTH) {
      plain.append("...");
    }
    return plain.toString();
  }

  private static void append(StringBuilder quoted, int c) {
    switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          quoted.append("\\u{%x}".formatted(c));
      default -> quoted.appendCodePoint(c);
    }
  }
}
