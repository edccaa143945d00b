package io.millrace.server.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Which values a setting may have: reads what was written, and says in words what is allowed. The
 * same rules serve flags, environment and files. Immutable.
 */
public final class ValueRule<T> {
  private final String allowed;
  private final Function<WrittenValue, Optional<T>> parse;

  private ValueRule(String allowed, Function<WrittenValue, Optional<T>> parse) {
    this.allowed = allowed;
    this.parse = parse;
  }

  /** A whole number within bounds, both included. */
  public static ValueRule<Long> whole(long min, long max) {
    return whole("a whole number from %d to %d".formatted(min, max), n -> n >= min && n <= max);
  }

  /** A whole number that a test accepts. */
  public static ValueRule<Long> whole(String allowed, Predicate<Long> accepts) {
    return new ValueRule<>(allowed, value -> value.asWhole().filter(accepts));
  }

  /** A number, with or without a fraction, that a test accepts. */
  public static ValueRule<Double> decimal(String allowed, Predicate<Double> accepts) {
    return new ValueRule<>(allowed, value -> value.asDecimal().filter(accepts));
  }

  /** Text that a test accepts. */
  public static ValueRule<String> text(String allowed, Predicate<String> accepts) {
    return new ValueRule<>(allowed, value -> value.asText().filter(accepts));
  }

  /** Any text but none. */
  public static ValueRule<String> text() {
    return text("a text", text -> !text.isBlank());
  }

  public static ValueRule<Boolean> bool() {
    return new ValueRule<>("true, false", WrittenValue::asBoolean);
  }

  /** One of the spellings, exactly, each standing for its value. */
  public static <T> ValueRule<T> oneOf(Map<String, T> spellings) {
    return new ValueRule<>(
        String.join(", ", spellings.keySet()),
        value -> value.asText().flatMap(text -> Optional.ofNullable(spellings.get(text))));
  }

  /** A time span such as {@code 500ms}, {@code 2s}, {@code 5m} or {@code 1h}, within bounds. */
  public static ValueRule<Duration> duration(Duration min, Duration max) {
    String bounds = "%s to %s".formatted(Units.write(min), Units.write(max));
    return new ValueRule<>(
        "a time from " + bounds + ", such as 500ms or 2s",
        value ->
            value
                .asText()
                .flatMap(Units::duration)
                .filter(d -> d.compareTo(min) >= 0 && d.compareTo(max) <= 0));
  }

  /** A size such as {@code 64MiB} within bounds. */
  public static ValueRule<DataSize> dataSize(DataSize min, DataSize max) {
    return new ValueRule<>(
        "a size from %s to %s, such as 64MiB".formatted(min, max),
        value ->
            value
                .asText()
                .flatMap(DataSize::parse)
                .filter(s -> s.bytes() >= min.bytes() && s.bytes() <= max.bytes()));
  }

  public static ValueRule<Path> path() {
    return new ValueRule<>("a path", value -> value.asText().flatMap(ValueRule::toPath));
  }

  /** The same values as something else. */
  public <R> ValueRule<R> map(Function<T, R> change) {
    return new ValueRule<>(allowed, value -> parse.apply(value).map(change));
  }

  /** What this rule allows, or else what the other one does. */
  public ValueRule<T> or(ValueRule<T> other) {
    return new ValueRule<>(
        allowed + ", or " + other.allowed,
        value -> parse.apply(value).or(() -> other.parse.apply(value)));
  }

  /** In words, for messages to people. */
  public String allowed() {
    return allowed;
  }

  /** The value, or nothing and one more problem. */
  Optional<T> read(WrittenValue value, ConfigProblems problems) {
    Optional<T> read = parse.apply(value);
    if (read.isEmpty()) {
      problems.add(value.refused(allowed));
    }
    return read;
  }

  private static Optional<Path> toPath(String text) {
    try {
      return text.isBlank() ? Optional.empty() : Optional.of(Path.of(text));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
