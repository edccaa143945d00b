package io.millrace.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;

/** Programs that are no part of this repository and that a script of it gets once. */
final class FetchedProgram {
  private FetchedProgram() {}

  /**
   * Runs a script that prints where its program is, one script at a time: two would fetch the same.
   *
   * @param script such as {@code envoy/get-envoy}, from the root of the checkout
   * @return empty if it could not get the program
   */
  static synchronized String where(String script) {
    try {
      Process search =
          new ProcessBuilder(RunningServer.CHECKOUT.resolve(script).toString())
              .redirectError(Redirect.INHERIT)
              .start();
      return new String(search.getInputStream().readAllBytes(), UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
