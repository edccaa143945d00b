package io.millrace.server.canary;

import java.util.List;

/**
 * The command of a process that runs {@link TrialHost}. Immutable.
 *
 * @param words program and arguments
 */
public record TrialCommand(List<String> words) {
  public TrialCommand {
    words = List.copyOf(words);
  }
}
