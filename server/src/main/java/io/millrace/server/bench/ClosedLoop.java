package io.millrace.server.bench;

/**
 * Callers that each wait for an answer before they call again, so that a slow server gets fewer
 * calls.
 *
 * @param concurrency how many
 */
public record ClosedLoop(int concurrency) implements Load {
  @Override
  public String toString() {
    return concurrency == 1 ? "1 caller" : concurrency + " callers";
  }
}
