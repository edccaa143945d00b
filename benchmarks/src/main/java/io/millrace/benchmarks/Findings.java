package io.millrace.benchmarks;

import java.io.PrintStream;
import java.util.Locale;

/**
 * What a stress suite has found: printed at once, and remembered if it is bad. Confined to one
 * thread.
 */
final class Findings {
  private final PrintStream out;
  private boolean good = true;

  Findings(PrintStream out) {
    this.out = out;
  }

  /** Begins a part. */
  void heading(String text) {
    out.printf("%n%s%n", text);
  }

  /** Tells a figure that is neither good nor bad. */
  void note(String format, Object... values) {
    out.println("          " + String.format(Locale.ROOT, format, values));
  }

  /** A count that must be as expected. */
  void expect(String what, long expected, long got) {
    expect(what, expected == got, expected == got ? "" + got : got + ", expected " + expected);
  }

  /** What must hold. */
  void expect(String what, boolean holds, String figures) {
    out.printf("%-9s %s: %s%n", holds ? "ok" : "FAILED", what, figures);
    good &= holds;
  }

  /** What depends on the machine, and so fails nothing. */
  void goal(String what, boolean reached, String figures) {
    out.printf("%-9s %s: %s%n", reached ? "reached" : "missed", what, figures);
  }

  /** Whether all expectations held so far. */
  boolean isGood() {
    return good;
  }
}
