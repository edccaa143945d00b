package io.millrace.server.engine.onnx;

import java.util.ArrayDeque;
import java.util.Deque;

/** Native objects that live until the end of one call. Confined to the calling thread. */
final class Loans implements AutoCloseable {
  private final Deque<AutoCloseable> kept = new ArrayDeque<>();

  <T extends AutoCloseable> T keep(T loan) {
    kept.push(loan);
    return loan;
  }

  /** Closes all, the last first. */
  @Override
  public void close() {
    RuntimeException failure = null;
    for (AutoCloseable loan : kept) {
      try {
        loan.close();
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
