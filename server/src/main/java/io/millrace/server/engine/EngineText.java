package io.millrace.server.engine;

import static java.util.Objects.requireNonNullElse;

import java.util.List;
import java.util.regex.Pattern;

/** Makes a framework's own words fit to be shown to users. */
public final class EngineText {
  private static final int MAX_LENGTH = 300;

  private static final Pattern PREFIX =
      Pattern.compile("^(Error code - \\w+ - message: )?(Load model from .*? failed:)?");

  /** A place in the framework's source with the function's signature behind it. */
  private static final Pattern SOURCE =
      Pattern.compile("\\S+\\.(cc|cpp|h|hpp):\\d+\\]?( [^)]*\\)( const)?)? ?");

  private static final Pattern QUOTED_FOLDERS = Pattern.compile("\"[^\"]*[/\\\\]([^\"/\\\\]*)\"");
  private static final Pattern FOLDERS = Pattern.compile("(\\w:)?[/\\\\]([^/\\\\\\s\"']+[/\\\\])+");
  private static final Pattern NAMESPACES = Pattern.compile("\\b(\\w+::)+");

  private static final String INTERPRETER = "The following operation failed in the TorchScript";

  private EngineText() {}

  /**
   * PyTorch puts the way through the model before the reason, others the reason before the rest.
   */
  private static String line(List<String> lines) {
    if (lines.isEmpty()) {
      return "";
    }
    return lines.get(0).startsWith(INTERPRETER) ? lines.get(lines.size() - 1) : lines.get(0);
  }

  /**
   * The telling line of a framework's message, without the folders of paths, places in source code
   * and namespaces, cut at 300 characters; "no reason given" if nothing is left.
   */
  public static String of(Throwable failure) {
    String message = requireNonNullElse(failure.getMessage(), "");
    String line = line(message.lines().filter(l -> !l.isBlank()).toList());
    line = PREFIX.matcher(line).replaceFirst("");
    line = SOURCE.matcher(line).replaceAll("");
    line = QUOTED_FOLDERS.matcher(line).replaceAll("\"$1\"");
    line = FOLDERS.matcher(line).replaceAll("");
    line = NAMESPACES.matcher(line).replaceAll("").strip();
    if (line.isEmpty()) {
      return "no reason given";
    }
    return line.length() > MAX_LENGTH ? line.substring(0, MAX_LENGTH) + "..." : line;
  }
}
