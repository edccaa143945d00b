package io.millrace.server.lifecycle;

import io.millrace.server.model.DesiredVersions;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The versions that are in the repository and that nobody has loaded, so that there is no record of
 * them. Pure.
 */
final class IdleVersions {
  private IdleVersions() {}

  /**
   * Why each of them does not serve, by its number.
   *
   * @param recorded versions of which there is a record
   * @param coming versions that are to serve
   */
  static SortedMap<Long, String> of(DesiredVersions wish, Set<Long> recorded, Set<Long> coming) {
    SortedMap<Long, String> idle = new TreeMap<>();
    for (long version : wish.fingerprints().keySet()) {
      if (!recorded.contains(version)) {
        idle.put(version, coming.contains(version) ? "not loaded yet" : reason(wish, version));
      }
    }
    return idle;
  }

  private static String reason(DesiredVersions wish, long version) {
    return wish.asked().held().contains(version)
        ? "not loaded; an order to load it brings it up"
        : "not loaded; version_policy (%s) does not choose it".formatted(wish.policy().describe());
  }
}
