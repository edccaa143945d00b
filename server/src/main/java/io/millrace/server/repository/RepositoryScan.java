package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import java.util.List;

/** What one walk through the repository found. Immutable. */
sealed interface RepositoryScan {
  /**
   * The repository could be read.
   *
   * @param strays folders that are probably meant to be models and are none
   * @param empty whether there was nothing at all, as in a mount point without its volume
   */
  record Snapshot(List<ModelScan> models, List<Problem> strays, boolean empty)
      implements RepositoryScan {
    public Snapshot {
      models = List.copyOf(models);
      strays = List.copyOf(strays);
    }
  }

  /** The repository as a whole could not be read. */
  record Unreadable(Problem problem) implements RepositoryScan {}
}
