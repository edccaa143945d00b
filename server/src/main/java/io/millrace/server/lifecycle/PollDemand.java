package io.millrace.server.lifecycle;

import io.millrace.server.model.AskedVersions;
import io.millrace.server.model.DesiredVersions;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A demand beside a version policy that goes on by itself. Immutable.
 *
 * <p>What was unloaded by number stays down until it is loaded, or its own files change. What went
 * with its whole model, or was down already when one version was unloaded, stays down until any
 * version of the model arrives or changes: from then on the policy decides again.
 *
 * @param loaded versions that were loaded by number
 * @param unloaded versions that were unloaded by number, and their fingerprints then
 * @param resting versions that stay down until something arrives
 * @param known all that there was at the last unload, by which an arrival is told
 */
record PollDemand(
    Set<Long> loaded, Map<Long, String> unloaded, Set<Long> resting, Map<Long, String> known)
    implements Demand {
  static final PollDemand NONE = new PollDemand(Set.of(), Map.of(), Set.of(), Map.of());

  @Override
  public Demand seen(DesiredVersions scanned) {
    Map<Long, String> present = scanned.fingerprints();
    Map<Long, String> stillUnloaded = new TreeMap<>(unloaded);
    stillUnloaded.entrySet().retainAll(present.entrySet());
    boolean arrival = !known.entrySet().containsAll(present.entrySet());
    return new PollDemand(
        Demand.common(loaded, present.keySet()),
        stillUnloaded,
        arrival ? Set.of() : Demand.common(resting, present.keySet()),
        present);
  }

  @Override
  public Demand loading(DesiredVersions scanned) {
    return new PollDemand(loaded, Map.of(), Set.of(), known);
  }

  @Override
  public Demand loading(long version) {
    Map<Long, String> others = new TreeMap<>(unloaded);
    others.remove(version);
    return new PollDemand(
        Demand.with(loaded, version), others, Demand.without(resting, version), known);
  }

  @Override
  public Demand unloading(DesiredVersions scanned) {
    Map<Long, String> present = scanned.fingerprints();
    return new PollDemand(Set.of(), Map.of(), present.keySet(), present);
  }

  @Override
  public Demand unloading(long version, DesiredVersions scanned, Set<Long> up) {
    Map<Long, String> present = scanned.fingerprints();
    Map<Long, String> withIt = new TreeMap<>(unloaded);
    withIt.put(version, present.getOrDefault(version, ""));
    Set<Long> down = new TreeSet<>(present.keySet());
    down.removeAll(up);
    return new PollDemand(Demand.without(loaded, version), withIt, down, present);
  }

  @Override
  public AskedVersions asked(DesiredVersions scanned) {
    Set<Long> held = new TreeSet<>(resting);
    held.addAll(unloaded.keySet());
    held.removeAll(loaded);
    return new AskedVersions(loaded, held);
  }
}
