package io.millrace.server.lifecycle;

import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The copies of versions that are in memory beside the one that the records know: new ones on their
 * way up, and old ones until their last call is answered. They are loaded and closed by the same
 * queues as all else. Confined to the lifecycle thread.
 */
final class SecondCopies {
  private static final Logger log = LoggerFactory.getLogger(ModelManager.class);

  private final LoadQueue loads;
  private final UnloadQueue unloads;
  private final Runnable whenFewer;
  private final Set<VersionArtifact> hanging = new HashSet<>();
  private int count;

  /**
   * @param whenFewer called on the lifecycle thread when a copy is gone
   */
  SecondCopies(LoadQueue loads, UnloadQueue unloads, Runnable whenFewer) {
    this.loads = loads;
    this.unloads = unloads;
    this.whenFewer = whenFewer;
  }

  /** Whether none is left but those whose loads hang, which nobody waits for. */
  boolean isNone() {
    return count == 0;
  }

  /** Loads a copy; the future ends on the lifecycle thread. */
  CompletableFuture<Servable> load(VersionArtifact artifact) {
    if (hanging.contains(artifact)) {
      return CompletableFuture.failedFuture(
          ServingException.refusal(
              Reason.MODEL_LOAD_TIMEOUT,
              "the last load of %s hangs; until it ends it is not reloaded"
                  .formatted(artifact.id())));
    }
    count++;
    CompletableFuture<Servable> copy = new CompletableFuture<>();
    loads.add(new CopyLoad(artifact, copy));
    return copy;
  }

  /** Closes a copy that nobody uses, the old one or one that came too late. */
  void close(ModelVersionId id, Servable copy) {
    unloads.add(id, copy, this::gone);
  }

  private void gone() {
    count--;
    whenFewer.run();
  }

  /** One load of a copy; whatever becomes of it, the version goes on as it was. */
  private final class CopyLoad implements VersionLoad {
    private final VersionArtifact artifact;
    private final CompletableFuture<Servable> copy;

    CopyLoad(VersionArtifact artifact, CompletableFuture<Servable> copy) {
      this.artifact = artifact;
      this.copy = copy;
    }

    @Override
    public VersionArtifact artifact() {
      return artifact;
    }

    @Override
    public void begun() {}

    @Override
    public void loaded(Servable servable) {
      unloads.giveBackSoon();
      copy.complete(servable);
    }

    @Override
    public void failed(ServingException problem) {
      log.error(
          "{} not reloaded, it goes on as it was: {} {}",
          artifact.id(),
          problem.reason(),
          problem.getMessage());
      log.debug("{}: reloading failed", artifact.id(), problem);
      gone();
      copy.completeExceptionally(problem);
    }

    @Override
    public void dropped() {
      gone();
      copy.completeExceptionally(
          ServingException.refusal(Reason.SERVER_DRAINING, "the server is stopping"));
    }

    @Override
    public void gaveUp(ServingException problem) {
      hanging.add(artifact);
      failed(problem.withAdvice("until it ends it is not reloaded"));
    }

    @Override
    public void cameLate(Servable servable) {
      unloads.add(artifact.id(), servable, () -> {});
    }

    @Override
    public void returned(ServingException problem) {
      hanging.remove(artifact);
    }
  }
}
