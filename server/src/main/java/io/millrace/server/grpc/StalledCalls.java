package io.millrace.server.grpc;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives up calls whose callers keep them from going on, while memory is short: those that do not
 * bring the rest of a request, and those that do not read an answer. gRPC waits for them without an
 * end, and the memory of their messages waits with them. Thread-safe.
 */
final class StalledCalls {
  /** What a caller has to bring or read in a second, once its patience is used up. */
  private static final long BYTES_PER_SECOND = 1L << 20;

  private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

  private static final Logger LOG = LoggerFactory.getLogger(StalledCalls.class);

  private final Duration patience;
  private final Executor thread;
  private final Set<CallersTurn> watched = ConcurrentHashMap.newKeySet();
  private final AtomicLong lastLook = new AtomicLong(System.nanoTime() - PAUSE_NANOS);

  /**
   * @param patience how long it may be a caller's turn, beside the time that its bytes take
   * @param thread looks for such calls, and must not be held up by what others do
   */
  StalledCalls(Duration patience, Executor thread) {
    this.patience = patience;
    this.thread = thread;
  }

  void watch(CallersTurn call) {
    watched.add(call);
  }

  void forget(CallersTurn call) {
    watched.remove(call);
  }

  /**
   * Gives up what is over its time. It happens soon, on the thread for that: whoever finds memory
   * short may hold locks.
   */
  void memoryIsShort() {
    long now = System.nanoTime();
    long last = lastLook.get();
    if (now - last >= PAUSE_NANOS && lastLook.compareAndSet(last, now)) {
      thread.execute(() -> look(System.nanoTime()));
    }
  }

  /** Gives up what is over its time at this moment of {@link System#nanoTime}. */
  void look(long nanoTime) {
    watched.forEach(call -> endIfOver(call, nanoTime));
  }

  private static void endIfOver(CallersTurn call, long nanoTime) {
    try {
      call.endIfOver(nanoTime);
    } catch (RuntimeException | Error e) {
      LOG.error("a call whose caller does not go on could not be ended", e);
    }
  }

  /** How long it may be the turn of a caller that has so many bytes to bring or to read. */
  Duration limit(long bytes) {
    return patience.plusMillis(bytes * 1_000 / BYTES_PER_SECOND);
  }
}
