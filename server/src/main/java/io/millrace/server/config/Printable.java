package io.millrace.server.config;

/** Makes text from outside fit for one line of a message: cut, and nothing in it forges a line. */
final class Printable {
  private static final int MAX_LENGTH = 128;

  private Printable() {}

  static String quote(String text) {
    return "'" + plain(text) + "'";
  }

  static String plain(String text) {
    StringBuilder printable = new StringBuilder();
    text.codePoints().limit(MAX_LENGTH).forEach(c -> append(printable, c));
    if (text.codePointCount(0, text.length()) > MAX_LENGTH) {
      printable.append("...");
    }
    return printable.toString();
  }

  private static void append(StringBuilder printable, int c) {
    switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          printable.append("\\u{%x}".formatted(c));
      default -> printable.appendCodePoint(c);
    }
  }
}
