package io.millrace.server.app;

import java.util.HashMap;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * A flag of the command line. It is a text here: the settings' own rules read it.
 *
 * @param label what stands for its value in the help; empty for a yes-or-no flag
 */
record Flag(String setting, String label, String description) {
  OptionSpec spec() {
    OptionSpec.Builder spec = OptionSpec.builder("--" + setting).description(description);
    if (label.isEmpty()) {
      // A yes-or-no flag takes no value, which could be mistaken for what stands behind it.
      return spec.type(Boolean.class).arity("0").negatable(isNegatable()).build();
    }
    return spec.type(String.class).paramLabel(label).build();
  }

  private boolean isNegatable() {
    return !setting.startsWith("no-");
  }

  /** The flags that were given, by the name of the setting. */
  static Map<String, String> given(ParseResult parsed) {
    Map<String, String> flags = new HashMap<>();
    for (OptionSpec option : parsed.matchedOptions()) {
      Object value = option.getValue();
      if (value instanceof String || value instanceof Boolean) {
        flags.put(option.longestName().substring("--".length()), value.toString());
      }
    }
    return flags;
  }
}
