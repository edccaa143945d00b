package io.millrace.server.grpc;

import io.grpc.Context;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the memory that the messages of all calls take together: while their bytes arrive, while
 * they are parsed and run, and until their answers have left. A call that finds no room is refused,
 * so that no caller can use up the memory of the process. Thread-safe, and never waits.
 */
final class MessageMemory {
  /** The share of the call whose gRPC context is current; a call without one is not counted. */
  static final Context.Key<Share> SHARE =
      Context.keyWithDefault("message-memory", new MessageMemory(Long.MAX_VALUE).open());

  /** What no more than this is small, and may take the room that larger calls must leave. */
  private static final long SMALL_BYTES = 1L << 20;

  private static final int PART_FOR_SMALL = 4;

  private final long limit;
  private final long limitOfLarge;
  private final Runnable whenShort;
  private final AtomicLong used = new AtomicLong();

  /** One that nothing is done about when it gets short. */
  MessageMemory(long limit) {
    this(limit, () -> {});
  }

  /**
   * @param whenShort called when something is taken while more than half is in use, on any thread,
   *     which may hold locks
   */
  MessageMemory(long limit, Runnable whenShort) {
    this.whenShort = whenShort;
    this.limit = limit;
    this.limitOfLarge = limit - limit / PART_FOR_SMALL;
  }

  /** A share for a new call; close it when the call's stream is closed. */
  Share open() {
    return new Share();
  }

  long limit() {
    return limit;
  }

  long used() {
    return used.get();
  }

  private boolean take(long more, long total) {
    long all = used.addAndGet(more);
    if (all > limit / 2) {
      whenShort.run();
    }
    if (all > (total > SMALL_BYTES ? limitOfLarge : limit)) {
      used.addAndGet(-more);
      return false;
    }
    return true;
  }

  private ServingException full(long bytes) {
    return bytes > Math.max(limitOfLarge, Math.min(limit, SMALL_BYTES))
        ? ServingException.refusal(
            Reason.MESSAGE_TOO_LARGE,
            "the message takes %d bytes of memory, this server has %d for one; send or ask for fewer values, or send them raw"
                .formatted(bytes, limitOfLarge))
        : ServingException.refusal(
            Reason.SERVER_OVERLOADED,
            "the messages of other calls take up the memory that this server has for them; try"
                + " again in a moment");
  }

  /** What one call takes, or one request of a stream. Thread-safe; guarded by itself. */
  final class Share {
    private long bytes;
    private boolean closed;
    private int keepers;

    private Share() {}

    /**
     * Somebody goes on with the message even if its call ends meanwhile: closed or not, the share
     * counts until {@link #letGo}.
     */
    synchronized void keep() {
      keepers++;
    }

    /** Whoever kept it has done. */
    synchronized void letGo() {
      keepers--;
      giveBackIfOver();
    }

    private void giveBackIfOver() {
      if (closed && keepers == 0) {
        used.addAndGet(-bytes);
        bytes = 0;
      }
    }

    /**
     * The call takes so many bytes more.
     *
     * @throws ServingException with SERVER_OVERLOADED if there is no room now, with
     *     MESSAGE_TOO_LARGE if there never is; the share is as before
     */
    synchronized void grow(long more) {
      resize(bytes + more);
    }

    /**
     * The call takes so many bytes instead of what it took before; see {@link #grow}. Of a closed
     * share that nobody keeps nothing changes.
     */
    synchronized void resize(long newBytes) {
      if (closed && keepers == 0) {
        return;
      }
      long more = newBytes - bytes;
      if (more <= 0) {
        used.addAndGet(more);
      } else if (!take(more, newBytes)) {
        throw full(newBytes);
      }
      bytes = newBytes;
    }

    /** The call takes so many bytes, if it took more before. */
    synchronized void shrink(long newBytes) {
      resize(Math.min(bytes, newBytes));
    }

    synchronized long bytes() {
      return bytes;
    }

    /** Whether so much of the memory of all is in use that it may get short. */
    boolean mayGetShort() {
      return used.get() > limit / 4;
    }

    /** A share of its own for what this one has grown to, which is a message of a stream. */
    synchronized Share split() {
      Share part = new Share();
      part.bytes = bytes;
      bytes = 0;
      return part;
    }

    /** Gives everything back; doing so again changes nothing. */
    synchronized void close() {
      closed = true;
      giveBackIfOver();
    }
  }
}
