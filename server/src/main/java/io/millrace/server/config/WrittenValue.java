package io.millrace.server.config;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A value as somebody wrote it, and where.
 *
 * @param label what the place calls it: {@code --grpc-port}, {@code MILLRACE_GRPC_PORT}, {@code
 *     grpc_port}
 * @param text the text of a scalar, the type's name for {@link Kind#OTHER}, else ""
 */
record WrittenValue(String place, String label, Kind kind, String text) {
  private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,19}");
  private static final Pattern DECIMAL =
      Pattern.compile("[-+]?([0-9]{1,40}([.][0-9]{0,40})?|[.][0-9]{1,40})([eE][-+]?[0-9]{1,3})?");

  /** What the notation says of the type. */
  enum Kind {
    /** From a flag or the environment, where all is text: whatever can be read from it. */
    UNTYPED,
    TEXT,
    INTEGER,
    DECIMAL,
    BOOLEAN,
    NOTHING,
    LIST,
    MAPPING,
    OTHER
  }

  Optional<String> asText() {
    return is(Kind.TEXT) ? Optional.of(text) : Optional.empty();
  }

  Optional<Long> asWhole() {
    if (!is(Kind.INTEGER) || !WHOLE.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Long.parseLong(text));
    } catch (NumberFormatException beyondLong) {
      return Optional.empty();
    }
  }

  /** A number with or without a fraction; never one that is not finite. */
  Optional<Double> asDecimal() {
    if (!(is(Kind.DECIMAL) || is(Kind.INTEGER)) || !DECIMAL.matcher(text).matches()) {
      return Optional.empty();
    }
    return Optional.of(Double.parseDouble(text)).filter(Double::isFinite);
  }

  Optional<Boolean> asBoolean() {
    return switch (text) {
      case "true" -> is(Kind.BOOLEAN) ? Optional.of(true) : Optional.empty();
      case "false" -> is(Kind.BOOLEAN) ? Optional.of(false) : Optional.empty();
      default -> Optional.empty();
    };
  }

  /** What to tell whoever wrote it. */
  Problem refused(String allowed) {
    return new Problem(place, label + " is " + shown(), "allowed: " + allowed);
  }

  private boolean is(Kind wanted) {
    return kind == wanted || kind == Kind.UNTYPED;
  }

  private String shown() {
    return switch (kind) {
      case UNTYPED, TEXT -> Printable.quote(text);
      case INTEGER, DECIMAL, BOOLEAN -> Printable.plain(text);
      case NOTHING -> "empty";
      case LIST -> "a list";
      case MAPPING -> "a mapping";
      case OTHER -> "of the type " + Printable.quote(text);
    };
  }
}
