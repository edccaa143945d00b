package io.millrace.server.grpc;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what another thread is about to make true. */
final class Await {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private Await() {}

  static void until(BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > LIMIT.toNanos()) {
        throw new AssertionError("it did not become true within " + LIMIT);
      }
      Thread.onSpinWait();
    }
  }
}
