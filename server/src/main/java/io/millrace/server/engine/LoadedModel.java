package io.millrace.server.engine;

import io.millrace.server.model.Signature;

/** The weights of one version in memory, shared by its instances. Thread-safe. */
public interface LoadedModel extends AutoCloseable {
  Signature signature();

  /**
   * Whether the signature is what the model's file says of itself, and no configuration adds to it:
   * then the two cannot disagree.
   */
  default boolean tellsSignature() {
    return false;
  }

  /** A new executing copy; call it on the thread that will run it, unless any may. */
  ModelInstance newInstance();

  /**
   * Whether each instance may run on one thread after another, and while others wait for that
   * thread; otherwise an instance needs a thread of its own.
   */
  default boolean runsOnAnyThread() {
    return false;
  }

  /**
   * Frees the memory. Call it once, after every instance was closed: a framework may crash the
   * process otherwise.
   */
  @Override
  void close();
}
