package io.millrace.server.lifecycle;

import io.millrace.server.model.Servable;
import io.millrace.server.model.ServableLoader;
import io.millrace.server.model.VersionArtifact;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * Loads what fits into the budget, and closes it. A version has its share from before its load
 * until it is closed, also while its load hangs. Thread-safe.
 */
final class BudgetedLoader implements ServableLoader {
  private final ServableLoader loader;
  private final MemoryBudget budget;
  private final ToLongFunction<VersionArtifact> estimate;

  // @GuardedBy("itself")
  private final IdentityHashMap<Servable, Runnable> shares = new IdentityHashMap<>();

  BudgetedLoader(
      ServableLoader loader, MemoryBudget budget, ToLongFunction<VersionArtifact> estimate) {
    this.loader = loader;
    this.budget = budget;
    this.estimate = estimate;
  }

  @Override
  public Servable load(VersionArtifact artifact) {
    Runnable release = budget.reserve(artifact.id(), estimate.applyAsLong(artifact));
    try {
      Servable servable = loader.load(artifact);
      synchronized (shares) {
        shares.put(servable, release);
      }
      return servable;
    } catch (Throwable e) {
      release.run();
      throw e;
    }
  }

  @Override
  public Optional<String> digest(VersionArtifact artifact) {
    return loader.digest(artifact);
  }

  /** Closes what this loaded; its share is free then, even if that fails. */
  void close(Servable servable) {
    try {
      servable.close();
    } finally {
      synchronized (shares) {
        Runnable release = shares.remove(servable);
        if (release != null) {
          release.run();
        }
      }
    }
  }
}
