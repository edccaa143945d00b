package io.millrace.server.lifecycle;

import io.millrace.server.model.DesiredVersions;
import io.millrace.server.model.VersionSelector;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A model manager whose threads are the test's own: nothing moves until the test runs it. Notes all
 * that listeners hear.
 */
public final class ManualLifecycle {
  static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  final ManualExecutor lifecycle = new ManualExecutor();
  final ManualExecutor loaders = new ManualExecutor();
  final ManualTimer timer = new ManualTimer(NOW);
  final List<String> events = new ArrayList<>();
  private final FakeLoader loader = new FakeLoader();
  private final ModelManager manager;

  public ManualLifecycle() {
    this(Duration.ZERO);
  }

  ManualLifecycle(Duration stopTimeout) {
    this(new LifecycleOptions(1, stopTimeout), ModelControl.POLL);
  }

  ManualLifecycle(ModelControl mode) {
    this(new LifecycleOptions(1, Duration.ZERO), mode);
  }

  ManualLifecycle(LifecycleOptions options) {
    this(options, ModelControl.POLL);
  }

  private ManualLifecycle(LifecycleOptions options, ModelControl mode) {
    manager =
        new ModelManager(
            loader, options, mode, new LifecycleThreads(lifecycle, loaders, timer), timer);
    manager.addListener(
        new VersionListener() {
          @Override
          public void onVersionChanged(VersionStatus status) {
            events.add(status.id().version() + " " + status.state());
          }

          @Override
          public void onReadinessChanged(boolean ready) {
            events.add(ready ? "ready" : "not ready");
          }
        });
  }

  public ModelManager manager() {
    return manager;
  }

  public FakeLoader loader() {
    return loader;
  }

  /** Replaces the wish and lets everything that follows from it happen. */
  public void settle(DesiredVersions wish) {
    manager.accept(wish);
    settle();
  }

  /** Lets everything happen that is under way. */
  public void settle() {
    while (lifecycle.runAll() || loaders.runAll()) {
      // Each may give the other new tasks.
    }
  }

  /** Lets time pass and everything happen that follows from it. */
  void pass(Duration time) {
    timer.pass(time);
    settle();
  }

  ServableHandle acquire(VersionSelector selector) {
    return manager.acquire(Wishes.MODEL, selector);
  }

  ServableHandle acquireLatest() {
    return acquire(VersionSelector.LATEST);
  }

  ServableHandle acquire(long version) {
    return acquire(new VersionSelector.ByNumber(version));
  }

  /** What a reader of the status sees of one version. */
  VersionStatus status(long version) {
    return manager.model(Wishes.MODEL).orElseThrow().versions().stream()
        .filter(status -> status.id().version() == version)
        .findFirst()
        .orElseThrow();
  }
}
