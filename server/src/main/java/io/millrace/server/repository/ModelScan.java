package io.millrace.server.repository;

import io.millrace.server.config.Problem;
import java.util.List;

/** One model as a scan found it. Immutable. */
sealed interface ModelScan {
  String model();

  /**
   * The model's folder.
   *
   * @param strays what lies in it that is probably meant to be served and is not
   * @param samples changes when the samples beside the versions do
   */
  record Folder(
      String model,
      ConfigFile config,
      List<VersionFolder> versions,
      List<Problem> strays,
      String samples)
      implements ModelScan {
    /** A folder without samples. */
    Folder(String model, ConfigFile config, List<VersionFolder> versions, List<Problem> strays) {
      this(model, config, versions, strays, "");
    }

    public Folder {
      versions = List.copyOf(versions);
      strays = List.copyOf(strays);
    }
  }

  /** The folder cannot be read, so what is known of the model stands. */
  record Unreadable(String model, Problem problem) implements ModelScan {}
}
