package io.millrace.server.app;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A command that a document shows, and what it prints: a fenced {@code sh} block and the plain
 * block on the very next line, where {@code ...} stands for anything.
 */
record ReadmeExample(String command, String expected) {
  private static final Pattern START = Pattern.compile("(?m)^```sh$");
  private static final Pattern PAIR =
      Pattern.compile("(?ms)^```sh\\n(.*?)\\n```\\n```\\n(.*?)^```$");
  private static final Pattern COLOUR = Pattern.compile("\\x1b\\[[0-9;]*m");
  private static final Pattern LINE_END = Pattern.compile("[ \\t]+(?=\\n|$)");

  /** All of a document in their order; one that does not show what it prints is an error. */
  static List<ReadmeExample> in(Path document) throws IOException {
    String text = Files.readString(document);
    List<ReadmeExample> examples =
        PAIR.matcher(text)
            .results()
            .map(pair -> new ReadmeExample(pair.group(1), pair.group(2)))
            .toList();
    if (examples.isEmpty() || examples.size() != START.matcher(text).results().count()) {
      throw new AssertionError(document + " has a command without its output");
    }
    return examples;
  }

  /** Whether a command's output is the expected one, white space at line ends aside. */
  boolean fits(String output) {
    String pattern =
        Arrays.stream(tidy(expected).split("\\.\\.\\.", -1))
            .map(Pattern::quote)
            .collect(joining(".*?"));
    return Pattern.compile(pattern, Pattern.DOTALL).matcher(tidy(output)).matches();
  }

  private static String tidy(String text) {
    return LINE_END.matcher(COLOUR.matcher(text).replaceAll("")).replaceAll("").strip();
  }
}
