package io.millrace.server.config;

import java.util.regex.Pattern;

/**
 * Something that a person can mend: where it is, what is wrong, and what would be right. All three
 * are one line and safe to log.
 *
 * @param place a file with the line, such as {@code iris/config.yaml:3}, or where else a value came
 *     from
 */
public record Problem(String place, String fault, String remedy) {
  private static final Pattern LINE = Pattern.compile(":[0-9]+$");

  /**
   * The fault and its file alone. Advice and line may change while the fault stays: other versions
   * come, or something above it is edited.
   */
  public Problem core() {
    return new Problem(LINE.matcher(place).replaceFirst(""), fault, "");
  }

  /** {@code iris/config.yaml:3: instances.count is 0; allowed: a whole number from 1 to 64}. */
  @Override
  public String toString() {
    return place + ": " + fault + "; " + remedy;
  }
}
