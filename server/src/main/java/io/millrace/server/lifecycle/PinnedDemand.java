package io.millrace.server.lifecycle;

import io.millrace.server.model.AskedVersions;
import io.millrace.server.model.DesiredVersions;
import java.util.Set;
import java.util.TreeSet;

/**
 * A demand for certain versions and no other, whatever arrives: what a configuration says of a
 * model whose versions it names, or that it leaves out. Orders change which versions those are, and
 * a load of the model gives it back to its version policy. Immutable.
 *
 * @param versions wanted also while their folders are away
 * @param control who decides once the model is given back
 */
record PinnedDemand(Set<Long> versions, ModelControl control) implements Demand {
  @Override
  public Demand seen(DesiredVersions scanned) {
    return this;
  }

  @Override
  public Demand loading(DesiredVersions scanned) {
    return Demand.none(control).loading(scanned);
  }

  @Override
  public Demand loading(long version) {
    return new PinnedDemand(Demand.with(versions, version), control);
  }

  @Override
  public Demand unloading(DesiredVersions scanned) {
    return new PinnedDemand(Set.of(), control);
  }

  @Override
  public Demand unloading(long version, DesiredVersions scanned, Set<Long> up) {
    return new PinnedDemand(Demand.without(versions, version), control);
  }

  @Override
  public AskedVersions asked(DesiredVersions scanned) {
    Set<Long> present = scanned.fingerprints().keySet();
    Set<Long> held = new TreeSet<>(present);
    held.removeAll(versions);
    return new AskedVersions(Demand.common(versions, present), held);
  }
}
