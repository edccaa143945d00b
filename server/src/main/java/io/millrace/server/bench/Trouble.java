package io.millrace.server.bench;

import io.millrace.server.model.Quote;
import java.util.Set;

/** Says in one line why a server cannot be measured. */
final class Trouble {
  private static final Set<String> NOBODY_THERE = Set.of("UNAVAILABLE", "NO_CONNECTION");

  private Trouble() {}

  /**
   * @param reason as {@link Caller.End#failed} gets it
   * @param message from the server, so not to be trusted with the terminal
   */
  static BenchException of(Target target, String reason, String message) {
    String said = Quote.plain(message);
    if (NOBODY_THERE.contains(reason)) {
      return new BenchException(
          "no server answers at %s (%s); name another with --server"
              .formatted(target.address(), said));
    }
    if (reason.equals("CONNECTION_LOST")) {
      return new BenchException(
          "what answers at %s is no HTTP server, or it hung up; name another with --server"
              .formatted(target.address()));
    }
    return new BenchException(
        "%s refuses %s: %s: %s".formatted(target.address(), target.modelText(), reason, said));
  }
}
