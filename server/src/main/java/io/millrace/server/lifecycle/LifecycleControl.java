package io.millrace.server.lifecycle;

import io.millrace.server.model.BrokenVersion;
import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the steps that the policy names and keeps the records. Confined to the lifecycle thread,
 * but for {@link #announcements()} and {@link #isStopping()}; loads and unloads run on the loader
 * threads, and their queues report back.
 */
final class LifecycleControl {
  private static final Logger log = LoggerFactory.getLogger(ModelManager.class);

  private final LoadQueue loads;
  private final UnloadQueue unloads;
  private final LifecycleThreads threads;
  private final ChangeCheck changes;
  private final RetryPolicy retries;
  private final Clock clock;
  private final Announcements announcements = new Announcements();
  private final Map<String, ManagedModel> models = new HashMap<>();
  private final SecondCopies copies;
  private boolean scanned;
  private Runnable whenStopped = () -> {};
  private Consumer<String> whenMoved = model -> {};

  // Written by the lifecycle thread alone, read by all.
  private volatile boolean stopping;

  LifecycleControl(
      BudgetedLoader loader, LifecycleOptions options, LifecycleThreads threads, Clock clock) {
    this.loads = new LoadQueue(loader, threads, options, () -> stopping);
    this.unloads = new UnloadQueue(threads, loader::close, NativeMemory::giveBack);
    this.threads = threads;
    this.changes = new ChangeCheck(loader, threads);
    this.retries = options.retries();
    this.clock = clock;
    this.copies = new SecondCopies(loads, unloads, this::reportStopped);
  }

  /** Says who is told as well, on the lifecycle thread, that a model took its next steps. */
  void tellOfMoves(Consumer<String> listener) {
    whenMoved = whenMoved.andThen(listener);
  }

  /** What the rest of the server sees. Thread-safe. */
  Announcements announcements() {
    return announcements;
  }

  /** Follows a wish that tells of files as well. */
  void adopt(DesiredVersions wish) {
    follow(wish);
    model(wish.model()).ifPresent(this::examine);
  }

  private void examine(ManagedModel model) {
    model
        .changedUnderUs()
        .forEach(stale -> changes.examine(stale, model.version(stale.id().version())));
  }

  void follow(DesiredVersions wish) {
    if (!stopping) {
      ManagedModel model = models.computeIfAbsent(wish.model(), ManagedModel::new);
      model.wish(wish);
      advance(model);
    }
  }

  /** The records of a model that has any. */
  Optional<ManagedModel> model(String name) {
    return Optional.ofNullable(models.get(name));
  }

  boolean isStopping() {
    return stopping;
  }

  /** Has versions that failed tried again, as if they never were, when the next wish comes. */
  void pardon(ManagedModel model, Set<Long> versions) {
    model.failed().stream()
        .filter(version -> versions.contains(version.id().version()))
        .forEach(
            version -> {
              version.forgiveFailures();
              move(model, version, VersionState.UNLOADED);
            });
  }

  /**
   * Puts a new copy of a version that serves into its place; every call is answered by the one or
   * the other. Ends when the new one serves, or with the reason for which the old one serves on.
   */
  CompletableFuture<Void> renew(
      ManagedModel model, ManagedVersion version, VersionArtifact artifact) {
    return copies.load(artifact).thenAccept(copy -> exchange(model, version, artifact, copy));
  }

  private void exchange(
      ManagedModel model, ManagedVersion version, VersionArtifact artifact, Servable copy) {
    if (version.state() != VersionState.READY || stopping) {
      copies.close(version.id(), copy);
      throw ServingException.refusal(
          Reason.VERSION_NOT_FOUND, version.id() + " was unloaded while its new copy loaded");
    }
    CountedServable old =
        version.renew(counted(model, version, artifact, copy), artifact, clock.instant());
    log.info("{} READY, reloaded", version.id());
    announcements.announce(model, version);
    old.release();
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
    loads.dropWaiting();
    reportStopped();
  }

  void advance(ManagedModel model) {
    model.nextSteps().forEach(step -> take(model, step));
    publish(model);
    announceReadiness();
    whenMoved.accept(model.name());
    reportStopped();
  }

  private void reportStopped() {
    if (stopping && models.isEmpty() && copies.isNone()) {
      whenStopped.run();
    }
  }

  void publish(ManagedModel model) {
    if (model.isGone()) {
      models.remove(model.name());
      announcements.remove(model);
    } else {
      announcements.show(model);
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
    announcements.announce(model, version);
  }

  private void startLoad(ManagedModel model, VersionArtifact artifact) {
    ManagedVersion version = model.begin(artifact.id(), artifact.fingerprint(), clock.instant());
    announcements.announce(model, version);
    loads.add(new LoadAttempt(this, retries, new LoadAttempt.Subject(model, version, artifact)));
  }

  void loaded(
      ManagedModel model, ManagedVersion version, VersionArtifact artifact, Servable servable) {
    CountedServable counted = counted(model, version, artifact, servable);
    version.serve(counted, artifact.config(), clock.instant());
    unloads.giveBackSoon();
    if (model.stillWants(artifact)) {
      log.info("{} READY {}", version.id(), version.digest());
      announcements.announce(model, version);
      advance(model);
    } else {
      // Deleted while it loaded: it must never answer, so it goes without having been announced.
      version.moveTo(VersionState.DRAINING, clock.instant());
      counted.release();
    }
  }

  private CountedServable counted(
      ManagedModel model, ManagedVersion version, VersionArtifact artifact, Servable servable) {
    servable.untried().ifPresent(why -> log.warn("{}: {}", version.id(), why));
    return new CountedServable(
        version.id(),
        servable,
        artifact.config(),
        () -> later(() -> unused(model, version, servable)));
  }

  /** Whether the record still is the version's: by now there may be another, or none. */
  boolean isCurrent(ManagedModel model, ManagedVersion version) {
    return models.get(version.id().model()) == model
        && model.find(version.id().version()).filter(found -> found == version).isPresent();
  }

  /** A version that failed is as it will stay for now. */
  void failed(ManagedModel model, ManagedVersion version) {
    announcements.announce(model, version);
    advance(model);
  }

  private void drain(ManagedModel model, ManagedVersion version) {
    CountedServable counted = version.servable();
    move(model, version, VersionState.DRAINING);
    counted.release();
  }

  /** The last loan is back. */
  private void unused(ManagedModel model, ManagedVersion version, Servable servable) {
    if (version.isServedBy(servable)) {
      unload(model, version, servable);
    } else {
      copies.close(version.id(), servable);
    }
  }

  private void unload(ManagedModel model, ManagedVersion version, Servable servable) {
    move(model, version, VersionState.UNLOADING);
    unloads.add(version.id(), servable, () -> unloaded(model, version));
  }

  void unloaded(ManagedModel model, ManagedVersion version) {
    version.unloaded(clock.instant());
    log.info("{} UNLOADED", version.id());
    announcements.announce(model, version);
    advance(model);
  }

  void move(ManagedModel model, ManagedVersion version, VersionState state) {
    version.moveTo(state, clock.instant());
    announcements.announce(model, version);
  }

  /** Once ready, it stays so until it stops. */
  private void announceReadiness() {
    boolean settled = models.values().stream().allMatch(ManagedModel::isSettled);
    announcements.announceReadiness(!stopping && (announcements.isReady() || (scanned && settled)));
  }

  /** Closes what nobody waits for any more. */
  void closeLate(ManagedVersion version, Servable servable) {
    unloads.add(version.id(), servable, () -> {});
  }

  Instant now() {
    return clock.instant();
  }

  /** Runs on the lifecycle thread when the time has come. */
  void at(Instant moment, Runnable task) {
    threads.timer().after(Duration.between(clock.instant(), moment), () -> later(task));
  }

  private void later(Runnable task) {
    threads.lifecycle().execute(task);
  }
}
