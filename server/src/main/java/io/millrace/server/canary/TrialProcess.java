package io.millrace.server.canary;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a child process try versions, one after the other. One that ends the child, hangs or takes
 * too much is blamed for it, and a new child goes on with the next. Thread-safe; a trial waits for
 * the one before it.
 */
final class TrialProcess implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TrialProcess.class);

  /** The files changed between the scan and the trial. */
  private static final String CHANGED =
      "its files changed while it was tried; it is tried again when they rest";

  private final CanaryOptions options;
  private final TrialCommand command;

  /** Written under the lock of a trial, read by whoever closes. */
  private volatile @Nullable TrialChild child;

  private volatile boolean closed;

  TrialProcess(CanaryOptions options, TrialCommand command) {
    this.options = options;
    this.command = command;
  }

  /**
   * Tries a version.
   *
   * @throws ServingException with MODEL_LOAD_FAILED, or for the reason that the child gives
   */
  synchronized void run(VersionArtifact artifact) {
    try {
      TrialVerdict verdict = ask(artifact);
      if (verdict.reason().isPresent()) {
        throw ServingException.refusal(verdict.reason().get(), verdict.text());
      }
      if (!verdict.text().equals(artifact.fingerprint())) {
        throw refused(CHANGED);
      }
    } catch (IOException e) {
      endChild();
      throw ServingException.failure(
          Reason.MODEL_LOAD_FAILED,
          "the process that tries new models could not be used: " + e.getMessage(),
          e);
    }
  }

  // Guarded by this.
  private TrialVerdict ask(VersionArtifact artifact) throws IOException {
    TrialChild asked = child;
    if (asked == null || !asked.isAlive()) {
      asked = TrialChild.start(command);
      child = asked;
    }
    if (closed) {
      // A stop that came just before saw no child to end.
      endChild();
    }
    TrialChild.End end = asked.ask(artifact.id(), options.timeLimit(), options.memoryLimit());
    Optional<TrialVerdict> verdict = end.verdict();
    if (verdict.isPresent()) {
      return verdict.get();
    }
    endChild();
    log.warn("{}: {}", artifact.id(), end.fault());
    return TrialVerdict.refused(Reason.MODEL_LOAD_FAILED, end.fault());
  }

  private static ServingException refused(String message) {
    return ServingException.refusal(Reason.MODEL_LOAD_FAILED, message);
  }

  /** Does not wait for the trial that runs: its child is ended, and so is the trial. */
  @Override
  public void close() {
    closed = true;
    endChild();
  }

  private void endChild() {
    TrialChild ended = child;
    if (ended != null) {
      ended.close();
      // It may live on for a moment, but must not be asked any more.
      child = null;
    }
  }
}
