package io.millrace.server.lifecycle;

import io.millrace.server.model.BrokenVersion;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServableLoader;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the steps that the policy names and keeps the records. Confined to the lifecycle thread,
 * but for {@link #index()}, {@link #isReady()} and {@link #addListener}; loads and unloads run on
 * the loader threads and report back.
 */
final class LifecycleControl {
  private static final Logger log = LoggerFactory.getLogger(ModelManager.class);

  private final ServableLoader loader;
  private final LifecycleThreads threads;
  private final ChangeCheck changes;
  private final Clock clock;
  private final List<VersionListener> listeners = new CopyOnWriteArrayList<>();
  private final Map<String, ManagedModel> models = new HashMap<>();
  private boolean scanned;
  private Runnable whenStopped = () -> {};

  // Written by the lifecycle thread alone, read by all.
  private volatile ServingIndex index = ServingIndex.empty();
  private volatile boolean ready;
  private volatile boolean stopping;

  LifecycleControl(ServableLoader loader, LifecycleThreads threads, Clock clock) {
    this.loader = loader;
    this.threads = threads;
    this.changes = new ChangeCheck(loader, threads);
    this.clock = clock;
  }

  void addListener(VersionListener listener) {
    listeners.add(listener);
  }

  ServingIndex index() {
    return index;
  }

  boolean isReady() {
    return ready;
  }

  void adopt(DesiredVersions wish) {
    if (!stopping) {
      ManagedModel model = models.computeIfAbsent(wish.model(), ManagedModel::new);
      model.wish(wish);
      model
          .changedUnderUs()
          .forEach(stale -> changes.examine(stale, model.version(stale.id().version())));
      advance(model);
    }
  }

  void scanned() {
    scanned = true;
    announceReadiness();
  }

  /** Wants nothing any more and calls back when nothing is left. */
  void stop(Runnable whenDone) {
    stopping = true;
    whenStopped = whenDone;
    announceReadiness();
    for (ManagedModel model : new ArrayList<>(models.values())) {
      model.wish(DesiredVersions.none(model.name()));
      advance(model);
    }
    reportStopped();
  }

  private void advance(ManagedModel model) {
    model.nextSteps().forEach(step -> take(model, step));
    publish(model);
    announceReadiness();
    reportStopped();
  }

  private void reportStopped() {
    if (stopping && models.isEmpty()) {
      whenStopped.run();
    }
  }

  private void publish(ManagedModel model) {
    if (model.isGone()) {
      models.remove(model.name());
      index = index.without(model.name());
    } else {
      index = index.with(model.entry());
    }
  }

  private void take(ManagedModel model, Transition step) {
    if (step instanceof Transition.Load load) {
      startLoad(model, load.artifact());
    } else if (step instanceof Transition.Unload unload) {
      drain(model, model.version(unload.version()));
    } else if (step instanceof Transition.Fail fail) {
      show(model, fail.broken());
    } else if (step instanceof Transition.Forget forget) {
      forget(model, model.version(forget.version()));
    }
  }

  /** Listeners hear of the end of a version that failed as well. */
  private void forget(ManagedModel model, ManagedVersion version) {
    if (version.state() == VersionState.FAILED) {
      move(model, version, VersionState.UNLOADED);
      log.info("{} UNLOADED; it had failed", version.id());
    }
    model.forget(version.id().version());
  }

  private void show(ManagedModel model, BrokenVersion broken) {
    ManagedVersion version = model.begin(broken.id(), broken.fingerprint(), clock.instant());
    version.fail(broken.problem(), clock.instant());
    announce(model, version);
  }

  private void startLoad(ManagedModel model, VersionArtifact artifact) {
    ManagedVersion version = model.begin(artifact.id(), artifact.fingerprint(), clock.instant());
    announce(model, version);
    threads.loaders().execute(() -> load(model, version, artifact));
  }

  /** Runs on a loader thread. */
  private void load(ManagedModel model, ManagedVersion version, VersionArtifact artifact) {
    if (stopping) {
      // A stop waits for the loads that run, not for those that are still queued behind them.
      later(() -> unloaded(model, version));
      return;
    }
    later(() -> move(model, version, VersionState.LOADING));
    try {
      Servable servable = loader.load(artifact);
      later(() -> loaded(model, version, artifact, servable));
    } catch (ServingException e) {
      later(() -> loadFailed(model, version, e));
    } catch (Throwable e) {
      // Whatever a framework throws, the record must not stay at LOADING for ever.
      log.error("{}: loading failed unexpectedly", artifact.id(), e);
      String message = "loading failed unexpectedly; the server's log has the cause";
      ServingException problem = ServingException.failure(Reason.MODEL_LOAD_FAILED, message, e);
      later(() -> loadFailed(model, version, problem));
    }
  }

  private void loaded(
      ManagedModel model, ManagedVersion version, VersionArtifact artifact, Servable servable) {
    CountedServable counted =
        new CountedServable(artifact.id(), servable, () -> later(() -> unload(model, version)));
    version.serve(counted, artifact.config(), clock.instant());
    if (model.stillWants(artifact)) {
      log.info("{} READY {}", version.id(), version.digest());
      announce(model, version);
      advance(model);
    } else {
      // Deleted while it loaded: it must never answer, so it goes without having been announced.
      version.moveTo(VersionState.DRAINING, clock.instant());
      counted.release();
    }
  }

  private void loadFailed(ManagedModel model, ManagedVersion version, ServingException problem) {
    log.error("{} FAILED {}: {}", version.id(), problem.reason(), problem.getMessage());
    log.debug("{}: loading failed", version.id(), problem);
    version.fail(problem, clock.instant());
    announce(model, version);
    advance(model);
  }

  private void drain(ManagedModel model, ManagedVersion version) {
    CountedServable counted = version.servable();
    move(model, version, VersionState.DRAINING);
    counted.release();
  }

  /** The last loan is back. */
  private void unload(ManagedModel model, ManagedVersion version) {
    Servable servable = version.servable().servable();
    move(model, version, VersionState.UNLOADING);
    threads
        .loaders()
        .execute(
            () -> {
              closeLogged(version, servable);
              later(() -> unloaded(model, version));
            });
  }

  private static void closeLogged(ManagedVersion version, Servable servable) {
    try {
      servable.close();
    } catch (Throwable e) {
      // Nor must it stay at UNLOADING: a stop would wait for it in vain.
      log.error("{}: closing failed", version.id(), e);
    }
  }

  private void unloaded(ManagedModel model, ManagedVersion version) {
    version.unloaded(clock.instant());
    log.info("{} UNLOADED", version.id());
    announce(model, version);
    advance(model);
  }

  private void move(ManagedModel model, ManagedVersion version, VersionState state) {
    version.moveTo(state, clock.instant());
    announce(model, version);
  }

  /** Publishes first, so that who hears of READY can call, and who hears of DRAINING cannot. */
  private void announce(ManagedModel model, ManagedVersion version) {
    index = index.with(model.entry());
    VersionStatus status = version.status();
    log.debug("{} {}", status.id(), status.state());
    listeners.forEach(listener -> listener.onVersionChanged(status));
  }

  private void announceReadiness() {
    boolean settled = models.values().stream().allMatch(ManagedModel::isSettled);
    boolean now = !stopping && (ready || (scanned && settled));
    if (now != ready) {
      ready = now;
      listeners.forEach(listener -> listener.onReadinessChanged(now));
    }
  }

  private void later(Runnable task) {
    threads.lifecycle().execute(task);
  }
}
