package io.millrace.server.image;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Counts the memory of the images that are decoded at a time. Who finds too little waits in turn
 * for the others, which are at work and end soon. Thread-safe; guarded by itself.
 */
final class DecodeMemory {
  private static final long LOOK_MILLIS = 20;

  private final long most;
  private final Queue<Object> waiting = new ArrayDeque<>();
  private long free;

  DecodeMemory(long maxBytes) {
    most = maxBytes;
    free = maxBytes;
  }

  /** A share for a new call. */
  Share open() {
    return new Share();
  }

  /** What one call has taken. Close it when the call holds nothing more. Confined to its thread. */
  final class Share implements AutoCloseable {
    private long held;

    private Share() {}

    /**
     * Takes so much more, when there is room for it. A share that holds something does not wait:
     * two such would wait for each other.
     *
     * @param place what it is for, to whoever sent it; for messages
     * @param purpose what takes it, for messages: {@code to decode the image}
     * @param refuseIfOver throws when the caller has gone
     * @throws ServingException with MESSAGE_TOO_LARGE if there never is room, with
     *     SERVER_OVERLOADED if the share holds something and there is none now
     */
    void take(String place, String purpose, long bytes, Runnable refuseIfOver) {
      if (bytes > most) {
        throw tooLarge(place, purpose, bytes);
      }
      if (held + bytes > most) {
        throw tooMany(place, purpose, bytes);
      }
      if (held == 0) {
        takeInTurn(bytes, refuseIfOver);
      } else if (!takeAtOnce(bytes)) {
        throw ServingException.refusal(
            Reason.SERVER_OVERLOADED,
            "the images of other calls take up the memory that this server decodes in; try again in a moment");
      }
      held += bytes;
    }

    /** What would fit alone, and does not beside what came before it. */
    private ServingException tooMany(String place, String purpose, long bytes) {
      return ServingException.refusal(
          Reason.MESSAGE_TOO_LARGE,
          place,
          "%s: %s takes %d MiB beside the %d MiB that the images of this call hold, this server has %d MiB for both; send fewer or smaller ones in a call, or give it a larger heap"
              .formatted(place, purpose, mebibytes(bytes), mebibytes(held), most >> 20));
    }

    /**
     * Gives back all but so much. Most calls bring no image: they neither take the lock, which all
     * calls share, nor wake those who wait.
     */
    void shrinkTo(long bytes) {
      if (bytes != held) {
        giveBack(held - bytes);
        held = bytes;
      }
    }

    @Override
    public void close() {
      shrinkTo(0);
    }
  }

  private synchronized void takeInTurn(long bytes, Runnable refuseIfOver) {
    Object ticket = new Object();
    waiting.add(ticket);
    try {
      while (waiting.peek() != ticket || free < bytes) {
        wait(LOOK_MILLIS);
        refuseIfOver.run();
      }
      free -= bytes;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ServingException.refusal(Reason.SERVER_DRAINING, "the server is stopping");
    } finally {
      waiting.remove(ticket);
      notifyAll();
    }
  }

  private synchronized boolean takeAtOnce(long bytes) {
    if (free < bytes) {
      return false;
    }
    free -= bytes;
    return true;
  }

  private synchronized void giveBack(long bytes) {
    free += bytes;
    notifyAll();
  }

  private ServingException tooLarge(String place, String purpose, long bytes) {
    return ServingException.refusal(
        Reason.MESSAGE_TOO_LARGE,
        place,
        "%s: %s takes %d MiB, this server has %d MiB for it; send a smaller one, or give it a larger heap"
            .formatted(place, purpose, mebibytes(bytes), most >> 20));
  }

  /** Rounded up, so that what is too much also reads as too much. */
  private static long mebibytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }
}
