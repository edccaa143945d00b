package io.millrace.server.lifecycle;

import io.millrace.server.model.AskedVersions;
import io.millrace.server.model.DesiredVersions;
import java.util.Set;
import java.util.TreeSet;

/**
 * A demand that is to follow another, and brings up what it asks for beside what serves. It ends as
 * the one or the other; an order that comes meanwhile changes both, so it holds either way.
 * Immutable.
 *
 * @param staying versions that serve on until it is decided
 * @param before the demand that holds if this comes to nothing
 * @param after the demand that is to hold
 */
record StagedDemand(Set<Long> staying, Demand before, Demand after) implements Demand {
  @Override
  public Demand seen(DesiredVersions scanned) {
    return new StagedDemand(
        Demand.common(staying, scanned.fingerprints().keySet()),
        before.seen(scanned),
        after.seen(scanned));
  }

  @Override
  public Demand loading(DesiredVersions scanned) {
    return new StagedDemand(staying, before.loading(scanned), after.loading(scanned));
  }

  @Override
  public Demand loading(long version) {
    return new StagedDemand(staying, before.loading(version), after.loading(version));
  }

  @Override
  public Demand unloading(DesiredVersions scanned) {
    return new StagedDemand(Set.of(), before.unloading(scanned), after.unloading(scanned));
  }

  @Override
  public Demand unloading(long version, DesiredVersions scanned, Set<Long> up) {
    return new StagedDemand(
        Demand.without(staying, version),
        before.unloading(version, scanned, up),
        after.unloading(version, scanned, up));
  }

  @Override
  public AskedVersions asked(DesiredVersions scanned) {
    AskedVersions next = after.asked(scanned);
    Set<Long> loaded = new TreeSet<>(next.loaded());
    loaded.addAll(staying);
    Set<Long> held = new TreeSet<>(next.held());
    held.removeAll(staying);
    return new AskedVersions(loaded, held);
  }
}
