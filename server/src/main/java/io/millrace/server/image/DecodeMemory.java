package io.millrace.server.image;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Counts the memory of the images that are decoded at a time. Who finds too little waits for the
 * others, which are at work and end soon. Thread-safe.
 */
final class DecodeMemory {
  private static final int UNIT = 1 << 10;
  private static final long LOOK_MILLIS = 20;

  private final int most;
  private final Semaphore units;

  DecodeMemory(long maxBytes) {
    most = (int) Math.min(Integer.MAX_VALUE, maxBytes / UNIT);
    units = new Semaphore(most, true);
  }

  /**
   * Does the work when there is room for it.
   *
   * @param refuseIfOver throws when the caller has gone
   * @throws ServingException with MESSAGE_TOO_LARGE if there never is
   */
  <T> T use(long bytes, Runnable refuseIfOver, Supplier<T> work) {
    int taken = take(bytes, refuseIfOver);
    try {
      return work.get();
    } finally {
      units.release(taken);
    }
  }

  private int take(long bytes, Runnable refuseIfOver) {
    long wanted = bytes / UNIT + 1;
    if (wanted > most) {
      throw ServingException.refusal(
          Reason.MESSAGE_TOO_LARGE,
          "to decode the image takes %d MiB, this server has %d MiB for it; send a smaller one, or give it a larger heap"
              .formatted(bytes >> 20, ((long) most * UNIT) >> 20));
    }
    try {
      while (!units.tryAcquire((int) wanted, LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        refuseIfOver.run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ServingException.refusal(Reason.SERVER_DRAINING, "the server is stopping");
    }
    return (int) wanted;
  }
}
