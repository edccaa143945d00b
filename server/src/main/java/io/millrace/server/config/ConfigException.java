package io.millrace.server.config;

import java.util.List;
import java.util.stream.Collectors;

/** The settings cannot be used; the message has one line for each problem. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  ConfigException(List<Problem> problems) {
    // A refusal of what a person wrote; a stack trace would only hide the problems.
    super(lines(problems), null, false, false);
    this.problems = List.copyOf(problems);
  }

  public List<Problem> problems() {
    return problems;
  }

  private static String lines(List<Problem> problems) {
    return problems.stream().map(Problem::toString).collect(Collectors.joining("\n"));
  }
}
