package io.millrace.server.rest;

/**
 * Ends the reading of a body that turns out to take long, on a thread that must not: whoever began
 * it begins anew on another thread. It has no stack and is no failure.
 */
final class TakesLong extends RuntimeException {
  private static final long serialVersionUID = 1;

  TakesLong() {
    super("this takes long", null, false, false);
  }
}
