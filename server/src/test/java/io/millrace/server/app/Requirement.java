package io.millrace.server.app;

import org.junit.jupiter.api.Assumptions;

/** What a test needs of the machine, such as a program of its own. */
final class Requirement {
  private Requirement() {}

  /** Without it the test fails where CI=true, and is skipped, not silently, elsewhere. */
  static void check(boolean present, String what) {
    if (present) {
      return;
    }
    if ("true".equals(System.getenv("CI"))) {
      throw new AssertionError("this machine lacks " + what);
    }
    System.err.println("SKIPPED, because this machine lacks " + what);
    Assumptions.abort("this machine lacks " + what);
  }
}
