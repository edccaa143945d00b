package io.millrace.server.model;

/** The rule for names of models and of labels. */
public final class ModelName {
  /** In words, for messages to people. */
  public static final String RULE =
      "a name is 1 to 128 letters, digits, '.', '_' or '-' and begins with a letter or digit";

  private static final int MAX_LENGTH = 128;

  private ModelName() {}

  public static boolean isValid(String name) {
    if (name.isEmpty() || name.length() > MAX_LENGTH || !isLetterOrDigit(name.charAt(0))) {
      return false;
    }
    for (int i = 1; i < name.length(); i++) {
      char c = name.charAt(i);
      if (!isLetterOrDigit(c) && c != '.' && c != '_' && c != '-') {
        return false;
      }
    }
    return true;
  }

  private static boolean isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
}
