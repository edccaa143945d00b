package io.millrace.server.lifecycle;

import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The record of one version from wish to end. Confined to the lifecycle thread. */
final class ManagedVersion {
  /** Of no file: what is on disk then counts as changed. */
  private static final String FORGIVEN = "";

  private final ModelVersionId id;
  private final Deque<VersionStatus.StateChange> timeline;
  private VersionState state = VersionState.NEW;
  private String fingerprint;
  private LoadFailures failures = LoadFailures.NONE;
  private boolean isDue;
  private @Nullable ServingException problem;
  private @Nullable CountedServable servable;
  private @Nullable ModelConfig config;
  private String examined = "";

  ManagedVersion(
      ModelVersionId id, String fingerprint, List<VersionStatus.StateChange> before, Instant now) {
    this.id = id;
    this.fingerprint = fingerprint;
    this.timeline = new ArrayDeque<>(before);
    remember(now);
  }

  void moveTo(VersionState next, Instant now) {
    state = next;
    remember(now);
  }

  void fail(ServingException why, Instant now) {
    problem = why;
    moveTo(VersionState.FAILED, now);
  }

  /** Replaces what a failed version says of itself. */
  void explain(ServingException why) {
    problem = why;
  }

  /**
   * Counts a failure to load.
   *
   * @param next when it is tried again, if by itself
   */
  void countFailure(Optional<Instant> next) {
    failures = new LoadFailures(failures.count() + 1, next);
  }

  /** The time has come to try it again. */
  void makeDue() {
    isDue = true;
  }

  /** It may be tried again at once, as if it had never failed. */
  void forgiveFailures() {
    failures = LoadFailures.NONE;
    fingerprint = FORGIVEN;
  }

  /** Goes on counting where an earlier record of the same files stopped. */
  void continueFailures(LoadFailures earlier) {
    failures = new LoadFailures(earlier.count(), Optional.empty());
  }

  LoadFailures failures() {
    return failures;
  }

  /**
   * It serves from now on.
   *
   * @param loadedWith the settings that hold for it until it is unloaded
   */
  void serve(CountedServable loaded, ModelConfig loadedWith, Instant now) {
    servable = loaded;
    config = loadedWith;
    failures = LoadFailures.NONE;
    moveTo(VersionState.READY, now);
  }

  /**
   * Another copy serves from now on.
   *
   * @param loadedFrom what the copy was made of
   * @return the one before, still with the user that the server is
   */
  CountedServable renew(CountedServable copy, VersionArtifact loadedFrom, Instant now) {
    CountedServable before = servable();
    fingerprint = loadedFrom.fingerprint();
    serve(copy, loadedFrom.config(), now);
    return before;
  }

  /** What serves; the version is READY or DRAINING. */
  CountedServable servable() {
    if (servable == null) {
      throw new IllegalStateException(id + " is not loaded but " + state);
    }
    return servable;
  }

  /** Whether this copy is the one that serves, or did last, and not one that was replaced. */
  boolean isServedBy(Servable copy) {
    return servable != null && servable.servable() == copy;
  }

  /** The settings that it serves with; empty while it does not. */
  Optional<ModelConfig> config() {
    return Optional.ofNullable(config);
  }

  /** The identity of the bytes that are loaded; empty while none are, or if not known. */
  String digest() {
    return servable == null ? "" : servable.servable().digest();
  }

  /** Whether nobody has asked yet what files with this fingerprint hold. */
  boolean mustExamine(String changed) {
    boolean isNew = !examined.equals(changed);
    examined = changed;
    return isNew;
  }

  /** Its files look different, but hold what it was loaded from. */
  void recognise(String changed) {
    fingerprint = changed;
  }

  /** Lets go of what was closed. */
  void unloaded(Instant now) {
    servable = null;
    moveTo(VersionState.UNLOADED, now);
  }

  ModelVersionId id() {
    return id;
  }

  VersionState state() {
    return state;
  }

  VersionSnapshot snapshot() {
    return new VersionSnapshot(id.version(), state, fingerprint, isDue);
  }

  VersionStatus status() {
    return new VersionStatus(
        id, state, Optional.ofNullable(problem), timeline(), digest(), failures);
  }

  List<VersionStatus.StateChange> timeline() {
    return List.copyOf(timeline);
  }

  private void remember(Instant now) {
    if (timeline.size() == VersionStatus.MAX_TIMELINE) {
      timeline.removeFirst();
    }
    timeline.addLast(new VersionStatus.StateChange(state, now));
  }
}
