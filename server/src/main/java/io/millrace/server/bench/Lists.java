package io.millrace.server.bench;

import io.millrace.server.config.ValueRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Rules for flags that hold several values with commas between them. */
final class Lists {
  private static final int MAX_CONCURRENCY = 10_000;
  private static final double MAX_RATE = 1_000_000;

  static final ValueRule<List<Integer>> CONCURRENCY =
      rule(
          "whole numbers from 1 to %d, such as 1,16,64".formatted(MAX_CONCURRENCY),
          text -> each(text, Lists::concurrency));

  static final ValueRule<List<Double>> RATES =
      rule(
          "requests per second, above 0 and up to %.0f, such as 100,500".formatted(MAX_RATE),
          text -> each(text, Lists::rate));

  private Lists() {}

  static <T> ValueRule<T> rule(String allowed, Function<String, Optional<T>> parse) {
    return ValueRule.text(allowed, text -> parse.apply(text).isPresent())
        .map(text -> parse.apply(text).orElseThrow());
  }

  /** The parsed parts, or nothing if one of them is none. */
  private static <T> Optional<List<T>> each(String text, Function<String, Optional<T>> parse) {
    List<T> values = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      parse.apply(part.strip()).ifPresent(values::add);
    }
    boolean all = values.size() == text.split(",", -1).length;
    return all ? Optional.of(values) : Optional.empty();
  }

  private static Optional<Integer> concurrency(String text) {
    return Optional.of(text)
        .filter(digits -> digits.matches("[0-9]{1,5}"))
        .map(Integer::valueOf)
        .filter(number -> number >= 1 && number <= MAX_CONCURRENCY);
  }

  private static Optional<Double> rate(String text) {
    return Optional.of(text)
        .filter(digits -> digits.matches("[0-9]{1,7}(\\.[0-9]{1,6})?"))
        .map(Double::valueOf)
        .filter(number -> number > 0 && number <= MAX_RATE);
  }
}
