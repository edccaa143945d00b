package io.millrace.server.lifecycle;

import io.millrace.server.model.AskedVersions;
import io.millrace.server.model.DesiredVersions;
import java.util.Set;
import java.util.TreeSet;

/**
 * What operators have asked of one model so far, as far as it still holds. Immutable; each method
 * gives the demand that follows. What orders said of versions that are gone is forgotten, so that a
 * folder that comes back is a new one; what a configuration says holds.
 */
sealed interface Demand permits PollDemand, ExplicitDemand, PinnedDemand, StagedDemand {
  /** The demand of nobody yet. */
  static Demand none(ModelControl control) {
    return control == ModelControl.EXPLICIT ? ExplicitDemand.NONE : PollDemand.NONE;
  }

  /** After a scan has told anew what there is. */
  Demand seen(DesiredVersions scanned);

  /** After a load of what the version policy chooses. */
  Demand loading(DesiredVersions scanned);

  /** After a load of one version. */
  Demand loading(long version);

  /** After an unload of all versions. */
  Demand unloading(DesiredVersions scanned);

  /**
   * After an unload of one version. It brings nothing up: an older version does not step in.
   *
   * @param up the versions that serve or are about to
   */
  Demand unloading(long version, DesiredVersions scanned, Set<Long> up);

  /** What this asks for among the versions that there are. */
  AskedVersions asked(DesiredVersions scanned);

  /** The set with one number more. */
  static Set<Long> with(Set<Long> versions, long version) {
    Set<Long> changed = new TreeSet<>(versions);
    changed.add(version);
    return changed;
  }

  /** The set with one number less. */
  static Set<Long> without(Set<Long> versions, long version) {
    Set<Long> changed = new TreeSet<>(versions);
    changed.remove(version);
    return changed;
  }

  /** The numbers that are in both. */
  static Set<Long> common(Set<Long> versions, Set<Long> others) {
    Set<Long> common = new TreeSet<>(versions);
    common.retainAll(others);
    return common;
  }
}
