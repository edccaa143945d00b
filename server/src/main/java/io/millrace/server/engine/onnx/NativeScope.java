package io.millrace.server.engine.onnx;

import java.util.ArrayDeque;
import java.util.Deque;

/** Native objects that are closed together, often at the end of one call. Not thread-safe. */
final class NativeScope implements AutoCloseable {
  private final Deque<AutoCloseable> kept = new ArrayDeque<>();

  <T extends AutoCloseable> T keep(T owned) {
    kept.push(owned);
    return owned;
  }

  /** Closes all, the last first. */
  @Override
  public void close() {
    RuntimeException failure = null;
    for (AutoCloseable owned : kept) {
      try {
        owned.close();
      } catch (Exception e) {
        if (failure == null) {
          failure = new IllegalStateException("a native object did not close", e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    kept.clear();
    if (failure != null) {
      throw failure;
    }
  }
}
