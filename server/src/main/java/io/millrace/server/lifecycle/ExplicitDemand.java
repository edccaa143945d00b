package io.millrace.server.lifecycle;

import io.millrace.server.model.AskedVersions;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.VersionArtifact;
import java.util.Set;
import java.util.TreeSet;

/**
 * A demand where nothing is loaded that nobody asked for. Immutable.
 *
 * @param loaded versions that were asked for by number
 * @param admitted versions that were there when the policy's choice was asked for; the policy
 *     chooses among them alone, so that a version that arrives later waits for the next load
 */
record ExplicitDemand(Set<Long> loaded, Set<Long> admitted) implements Demand {
  static final ExplicitDemand NONE = new ExplicitDemand(Set.of(), Set.of());

  @Override
  public Demand seen(DesiredVersions scanned) {
    Set<Long> present = scanned.fingerprints().keySet();
    return new ExplicitDemand(Demand.common(loaded, present), Demand.common(admitted, present));
  }

  @Override
  public Demand loading(DesiredVersions scanned) {
    Set<Long> present = new TreeSet<>(scanned.fingerprints().keySet());
    for (VersionArtifact spare : scanned.spare()) {
      present.remove(spare.id().version());
    }
    return new ExplicitDemand(loaded, present);
  }

  @Override
  public Demand loading(long version) {
    return new ExplicitDemand(Demand.with(loaded, version), admitted);
  }

  @Override
  public Demand unloading(DesiredVersions scanned) {
    return NONE;
  }

  @Override
  public Demand unloading(long version, DesiredVersions scanned, Set<Long> up) {
    return new ExplicitDemand(
        Demand.without(loaded, version), Demand.without(Demand.common(admitted, up), version));
  }

  @Override
  public AskedVersions asked(DesiredVersions scanned) {
    Set<Long> held = new TreeSet<>(scanned.fingerprints().keySet());
    held.removeAll(loaded);
    held.removeAll(admitted);
    return new AskedVersions(loaded, held);
  }
}
