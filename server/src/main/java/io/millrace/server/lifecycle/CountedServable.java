package io.millrace.server.lifecycle;

import io.millrace.server.model.ModelConfig;
import io.millrace.server.model.ModelVersionId;
import io.millrace.server.model.Servable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A servable with the number of its users: one for the server while it serves, and one for each
 * open handle. When the last has gone, {@code whenUnused} runs once, on the thread that gave the
 * last loan back. Thread-safe.
 */
final class CountedServable {
  private final ModelVersionId id;
  private final Servable servable;
  private final ModelConfig config;
  private final Runnable whenUnused;
  private final AtomicInteger users = new AtomicInteger(1);

  /**
   * @param config what the servable was loaded with
   */
  CountedServable(ModelVersionId id, Servable servable, ModelConfig config, Runnable whenUnused) {
    this.id = id;
    this.servable = servable;
    this.config = config;
    this.whenUnused = whenUnused;
  }

  ModelVersionId id() {
    return id;
  }

  Servable servable() {
    return servable;
  }

  ModelConfig config() {
    return config;
  }

  /** Adds a user, unless the last has gone: a servable never comes back to life. */
  boolean tryRetain() {
    int before = users.get();
    while (before > 0) {
      if (users.compareAndSet(before, before + 1)) {
        return true;
      }
      before = users.get();
    }
    return false;
  }

  void release() {
    if (users.decrementAndGet() == 0) {
      whenUnused.run();
    }
  }
}
