package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.event.KeyValuePair;

/**
 * Writes an event as one line, as text or as a JSON object, with its key-value pairs. Nothing that
 * comes from outside can forge a line or move a terminal's cursor: control characters are escaped,
 * and the lines of a stack are set off in text. Thread-safe.
 */
final class LineEncoder extends EncoderBase<ILoggingEvent> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneId.systemDefault());
  private static final byte[] NOTHING = new byte[0];

  /** A value beyond this is cut: a caller's text must not fill the disk. */
  private static final int MAX_VALUE = 1_024;

  private final LogFormat format;

  LineEncoder(LogFormat format) {
    this.format = format;
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    return (format == LogFormat.JSON ? json(event) : text(event)).getBytes(UTF_8);
  }

  private static String text(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(TIME.format(event.getInstant()));
    line.append(" %-5s ".formatted(event.getLevel()));
    line.append(simpleName(event.getLoggerName())).append(" - ");
    escape(line, event.getFormattedMessage(), "");
    pairs(event).forEach((key, value) -> pair(line.append(' ').append(key).append('='), value));
    stack(event).lines().forEach(frame -> escape(line.append("\n    "), frame.strip(), ""));
    return line.append('\n').toString();
  }

  private static void pair(StringBuilder line, Object value) {
    String text = cut(value);
    boolean plain = text.chars().allMatch(c -> c > ' ' && c < 127 && c != '"' && c != '=');
    if (plain && !text.isEmpty()) {
      line.append(text);
    } else {
      quote(line, text);
    }
  }

  private static String json(ILoggingEvent event) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("time", Instant.ofEpochMilli(event.getTimeStamp()).toString());
    fields.put("level", event.getLevel().toString());
    fields.put("logger", event.getLoggerName());
    fields.put("thread", event.getThreadName());
    fields.put("message", event.getFormattedMessage());
    pairs(event).forEach(fields::putIfAbsent);
    String stack = stack(event);
    if (!stack.isEmpty()) {
      fields.put("stack", stack);
    }
    StringBuilder line = new StringBuilder("{");
    fields.forEach(
        (key, value) -> {
          quote(line.append(line.length() == 1 ? "" : ","), key);
          line.append(':');
          if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            line.append(number);
          } else {
            quote(line, key.equals("stack") ? String.valueOf(value) : cut(value));
          }
        });
    return line.append("}\n").toString();
  }

  private static void quote(StringBuilder line, String text) {
    escape(line.append('"'), text, "\"\\");
    line.append('"');
  }

  /** Appends the text with control characters, and those given, escaped as JSON does. */
  private static void escape(StringBuilder line, String text, String also) {
    text.chars()
        .forEach(
            c -> {
              if (also.indexOf(c) >= 0) {
                line.append('\\').append((char) c);
              } else if (isUnsafe((char) c)) {
                line.append("\\u%04x".formatted(c));
              } else {
                line.append((char) c);
              }
            });
  }

  private static boolean isUnsafe(char c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }

  private static String cut(Object value) {
    String text = String.valueOf(value);
    return text.length() <= MAX_VALUE ? text : text.substring(0, MAX_VALUE) + "...";
  }

  private static Map<String, Object> pairs(ILoggingEvent event) {
    Map<String, Object> pairs = new LinkedHashMap<>();
    List<KeyValuePair> given = event.getKeyValuePairs();
    if (given != null) {
      given.forEach(pair -> pairs.put(pair.key, pair.value));
    }
    return pairs;
  }

  private static String stack(ILoggingEvent event) {
    return event.getThrowableProxy() == null
        ? ""
        : ThrowableProxyUtil.asString(event.getThrowableProxy());
  }

  private static String simpleName(String logger) {
    return logger.substring(logger.lastIndexOf('.') + 1);
  }
}
