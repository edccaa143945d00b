package io.millrace.server.config;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects every problem before anything fails, so that one look mends all. Confined to the thread
 * that reads.
 */
public final class ConfigProblems {
  /** A hostile file can hold a problem in each of its bytes; more than these help nobody. */
  private static final int MAX_PROBLEMS = 100;

  private final List<Problem> problems = new ArrayList<>();

  public void add(Problem problem) {
    if (problems.size() < MAX_PROBLEMS) {
      problems.add(problem);
    }
  }

  /** The first hundred, in the order of their finding. */
  public List<Problem> list() {
    return List.copyOf(problems);
  }

  public boolean isEmpty() {
    return problems.isEmpty();
  }

  /**
   * Ends the collecting.
   *
   * @throws ConfigException with all problems, if there is one
   */
  public void throwIfAny() {
    if (!problems.isEmpty()) {
      throw new ConfigException(list());
    }
  }
}
