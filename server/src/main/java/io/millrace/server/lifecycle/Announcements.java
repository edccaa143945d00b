package io.millrace.server.lifecycle;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the rest of the server sees of the records: the index that calls select from, and what
 * listeners hear. Written by the lifecycle thread alone; the index and the readiness are read by
 * all.
 */
final class Announcements {
  private static final Logger log = LoggerFactory.getLogger(ModelManager.class);

  private final List<VersionListener> listeners = new CopyOnWriteArrayList<>();
  private volatile ServingIndex index = ServingIndex.empty();
  private volatile boolean ready;

  void addListener(VersionListener listener) {
    listeners.add(listener);
  }

  ServingIndex index() {
    return index;
  }

  boolean isReady() {
    return ready;
  }

  /** Shows a model as it is now. Where labels point changes in the same step as what serves. */
  void show(ManagedModel model) {
    boolean moved = model.moveLabels();
    ServingIndex.Entry entry = model.entry();
    index = index.with(entry);
    if (moved) {
      listeners.forEach(
          listener -> listener.onLabelsChanged(model.name(), entry.status().labels()));
    }
  }

  /** The model is gone. */
  void remove(ManagedModel model) {
    index = index.without(model.name());
  }

  /** Shows first, so that who hears of READY can call, and who hears of DRAINING cannot. */
  void announce(ManagedModel model, ManagedVersion version) {
    show(model);
    VersionStatus status = version.status();
    log.debug("{} {}", status.id(), status.state());
    listeners.forEach(listener -> listener.onVersionChanged(status));
  }

  void announceReadiness(boolean now) {
    if (now != ready) {
      ready = now;
      listeners.forEach(listener -> listener.onReadinessChanged(now));
    }
  }
}
