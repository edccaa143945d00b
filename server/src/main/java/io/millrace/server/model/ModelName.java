package io.millrace.server.model;

import java.util.regex.Pattern;

/** The rule for names of models and of labels. */
public final class ModelName {
  /** In words, for messages to people. */
  public static final String RULE =
      "a name is 1 to 128 letters, digits, '.', '_' or '-' and begins with a letter or digit";

  private static final Pattern VALID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private ModelName() {}

  public static boolean isValid(String name) {
    return VALID.matcher(name).matches();
  }
}
