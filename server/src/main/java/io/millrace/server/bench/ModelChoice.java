package io.millrace.server.bench;

import io.millrace.server.model.ModelName;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model and perhaps one of its versions.
 *
 * @param version 0 for the newest that is ready
 */
public record ModelChoice(String model, long version) {
  /** In words, for messages to people. */
  public static final String RULE = "NAME or NAME/VERSION, such as digits or digits/2";

  private static final Pattern WRITTEN = Pattern.compile("([^/]+)(?:/([1-9][0-9]{0,17}))?");

  /** Reads what a person wrote, or nothing if it is not of that form. */
  public static Optional<ModelChoice> parse(String text) {
    Matcher parts = WRITTEN.matcher(text);
    if (!parts.matches() || !ModelName.isValid(parts.group(1))) {
      return Optional.empty();
    }
    long version = parts.group(2) == null ? 0 : Long.parseLong(parts.group(2));
    return Optional.of(new ModelChoice(parts.group(1), version));
  }
}
