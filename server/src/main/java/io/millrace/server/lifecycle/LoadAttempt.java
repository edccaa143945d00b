package io.millrace.server.lifecycle;

import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One load of a version and what comes of it: it serves, is tried again later, or hangs. Confined
 * to the lifecycle thread.
 */
final class LoadAttempt implements VersionLoad {
  private static final Logger log = LoggerFactory.getLogger(ModelManager.class);

  private final LifecycleControl control;
  private final RetryPolicy retries;
  private final ManagedModel model;
  private final ManagedVersion version;
  private final VersionArtifact artifact;

  LoadAttempt(LifecycleControl control, RetryPolicy retries, Subject subject) {
    this.control = control;
    this.retries = retries;
    this.model = subject.model();
    this.version = subject.version();
    this.artifact = subject.artifact();
  }

  /** What is loaded, and its records. */
  record Subject(ManagedModel model, ManagedVersion version, VersionArtifact artifact) {}

  @Override
  public VersionArtifact artifact() {
    return artifact;
  }

  @Override
  public void begun() {
    control.move(model, version, VersionState.LOADING);
  }

  @Override
  public void loaded(Servable servable) {
    control.loaded(model, version, artifact, servable);
  }

  @Override
  public void failed(ServingException problem) {
    RetryPolicy.Verdict verdict = judge(problem);
    log.error(
        "{} FAILED {}: {}", version.id(), verdict.told().reason(), verdict.told().getMessage());
    log.debug("{}: loading failed", version.id(), problem);
    version.fail(verdict.told(), control.now());
    scheduleRetry(verdict);
    control.failed(model, version);
  }

  private RetryPolicy.Verdict judge(ServingException problem) {
    return retries.judge(problem, version.failures().count() + 1, control.now());
  }

  private void scheduleRetry(RetryPolicy.Verdict verdict) {
    version.countFailure(verdict.next());
    verdict.next().ifPresent(next -> control.at(next, this::retryWhenDue));
  }

  private void retryWhenDue() {
    if (isStillFailed()) {
      version.makeDue();
      control.advance(model);
    }
  }

  private boolean isStillFailed() {
    return control.isCurrent(model, version) && version.state() == VersionState.FAILED;
  }

  @Override
  public void dropped() {
    control.unloaded(model, version);
  }

  /** A load that hangs may hang again: nothing is tried until it has ended. */
  @Override
  public void gaveUp(ServingException problem) {
    ServingException told = problem.withAdvice("until it ends it is not tried again");
    log.error("{} FAILED {}: {}", version.id(), told.reason(), told.getMessage());
    version.fail(told, control.now());
    control.failed(model, version);
  }

  @Override
  public void cameLate(Servable servable) {
    control.closeLate(version, servable);
  }

  @Override
  public void returned(ServingException problem) {
    if (isStillFailed()) {
      RetryPolicy.Verdict verdict = judge(problem);
      version.explain(verdict.told());
      scheduleRetry(verdict);
      control.publish(model);
    }
  }
}
