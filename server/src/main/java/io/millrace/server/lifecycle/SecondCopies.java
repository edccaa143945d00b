package io.millrace.server.lifecycle;

import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Reason;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.VersionArtifact;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The copies of versions that are in memory beside the one that the records know: new ones on their
 * way up, and old ones until their last call is answered. Confined to the lifecycle thread; loads
 * and closes run on the loader threads.
 */
final class SecondCopies {
  private static final Logger log = LoggerFactory.getLogger(ModelManager.class);

  private final BudgetedLoader loader;
  private final LifecycleThreads threads;
  private final Runnable whenFewer;
  private int count;

  /**
   * @param whenFewer called on the lifecycle thread when a copy is gone
   */
  SecondCopies(BudgetedLoader loader, LifecycleThreads threads, Runnable whenFewer) {
    this.loader = loader;
    this.threads = threads;
    this.whenFewer = whenFewer;
  }

  boolean isNone() {
    return count == 0;
  }

  /** Loads a copy; the future ends on the lifecycle thread. */
  CompletableFuture<Servable> load(VersionArtifact artifact) {
    count++;
    CompletableFuture<Servable> copy = new CompletableFuture<>();
    threads.loaders().execute(() -> load(artifact, copy));
    return copy;
  }

  private void load(VersionArtifact artifact, CompletableFuture<Servable> copy) {
    try {
      Servable servable = loader.load(artifact);
      later(() -> copy.complete(servable));
    } catch (Throwable e) {
      ServingException problem = asProblem(e);
      log.error(
          "{} not reloaded, it goes on as it was: {}", artifact.id(), problem.getMessage(), e);
      later(
          () -> {
            gone();
            copy.completeExceptionally(problem);
          });
    }
  }

  private static ServingException asProblem(Throwable failure) {
    return failure instanceof ServingException known
        ? known
        : ServingException.failure(
            Reason.MODEL_LOAD_FAILED, "loading failed; the server's log has the cause", failure);
  }

  /** Closes a copy that nobody uses, the old one or one that came too late. */
  void close(ModelVersionId id, Servable copy) {
    threads
        .loaders()
        .execute(
            () -> {
              try {
                loader.close(copy);
              } catch (Throwable e) {
                log.error("{}: closing a copy failed", id, e);
              }
              later(this::gone);
            });
  }

  private void gone() {
    count--;
    whenFewer.run();
  }

  private void later(Runnable task) {
    threads.lifecycle().execute(task);
  }
}
