package io.millrace.server.lifecycle;

import io.millrace.server.model.ServableLoader;
import io.millrace.server.model.VersionArtifact;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of versions that serve while their files or settings change. Files that only look different
 * are read first: what counts is their content. Confined to the lifecycle thread, but for the
 * reading, which a loader thread does.
 */
final class ChangeCheck {
  private static final Logger log = LoggerFactory.getLogger(ModelManager.class);

  private final ServableLoader loader;
  private final LifecycleThreads threads;

  ChangeCheck(ServableLoader loader, LifecycleThreads threads) {
    this.loader = loader;
    this.threads = threads;
  }

  /** Warns now or later, once for each change, or finds that nothing has changed. */
  void examine(ManagedModel.Stale stale, ManagedVersion version) {
    if (!version.mustExamine(stale.artifact().fingerprint())) {
      return;
    }
    if (!stale.keys().isEmpty()) {
      log.warn(
          "{}: {} changed in config.yaml while it serves; it goes on as it was loaded, the change"
              + " comes into force with the next version or a restart",
          stale.id(),
          String.join(", ", stale.keys()));
    }
    threads
        .loaders()
        .execute(
            () -> {
              Optional<String> digest = digest(stale.artifact());
              threads.lifecycle().execute(() -> judge(stale, version, digest));
            });
  }

  private Optional<String> digest(VersionArtifact artifact) {
    try {
      return loader.digest(artifact);
    } catch (RuntimeException e) {
      log.error("{}: cannot tell what its files hold now", artifact.id(), e);
      return Optional.empty();
    }
  }

  private static void judge(
      ManagedModel.Stale stale, ManagedVersion version, Optional<String> digest) {
    if (version.state() != VersionState.READY) {
      return;
    }
    boolean settingsAlone = digest.isEmpty() && !stale.keys().isEmpty();
    if (digest.isPresent() && digest.get().equals(version.digest())) {
      if (stale.keys().isEmpty()) {
        version.recognise(stale.artifact().fingerprint());
      }
    } else if (!settingsAlone) {
      log.warn(
          "{}: its files changed while it serves; it goes on as it was loaded, give new bytes a new"
              + " version number",
          version.id());
    }
  }
}
