package io.millrace.server.bench;

import java.util.Locale;

/** How the calls of an open loop are spread over time. */
public enum Arrivals {
  /** One after the other in equal steps. */
  CONSTANT,
  /** As independent callers come: exponential gaps with the same mean. */
  POISSON;

  /** As it is written on the command line. */
  String spelling() {
    return name().toLowerCase(Locale.ROOT);
  }
}
