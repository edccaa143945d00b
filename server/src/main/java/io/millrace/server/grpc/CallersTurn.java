package io.millrace.server.grpc;

import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Since when a call waits for its caller: for the rest of a request, or for somebody to read an
 * answer. It may wait for both, and for neither while it is the server's turn. Thread-safe.
 */
final class CallersTurn {
  /** Of the call whose gRPC context is current; one without is never given up. */
  private static final Context.Key<CallersTurn> KEY =
      Context.keyWithDefault(
          "callers-turn",
          new CallersTurn(
              new StalledCalls(Duration.ofSeconds(Integer.MAX_VALUE), Runnable::run),
              new MessageMemory(Long.MAX_VALUE).open()));

  /** No moment; {@link System#nanoTime} takes centuries to come by it. */
  private static final long NEVER = Long.MIN_VALUE;

  private final StalledCalls calls;
  private final MessageMemory.Share memory;
  private volatile long requestSince = NEVER;
  private volatile long answerSince = NEVER;
  private volatile long answerBytes;
  private volatile boolean isWatched;
  private volatile boolean over;
  private volatile @Nullable Stalling call;
  private volatile @Nullable CancellableContext context;

  /** What can be done about a call that does not go on. Thread-safe. */
  interface Stalling {
    /** Tells the caller, who is still to bring its request, and ends the call. */
    void fail(Throwable why);

    /** Is told why the call ends now, of which its caller, who does not read, hears nothing. */
    void givenUp(ServingException why);
  }

  CallersTurn(StalledCalls calls, MessageMemory.Share memory) {
    this.calls = calls;
    this.memory = memory;
  }

  static CallersTurn current() {
    return KEY.get();
  }

  /**
   * The gRPC context for the call. When it ends for want of time, gRPC resets the stream, and does
   * so as well where the call was closed long ago: the only way to be rid of an answer.
   */
  Context within(Context outer) {
    CancellableContext own = outer.withValue(KEY, this).withCancellation();
    context = own;
    return own;
  }

  /** Whose turns these are. */
  void isOf(Stalling stalling) {
    call = stalling;
  }

  /** A request has begun to come. */
  void requestComes() {
    requestSince = System.nanoTime();
  }

  /** More of it has come, and takes memory. */
  void requestTakesMemory() {
    watchIfNeeded();
  }

  /** The caller has brought all that it is to bring. */
  void requestIsWhole() {
    requestSince = NEVER;
  }

  /** An answer of so many bytes, or several, are the transport's, which waits for a reader. */
  void answerLeaves(long bytes) {
    if (answerSince == NEVER) {
      answerBytes = bytes;
      answerSince = System.nanoTime();
    }
    watchIfNeeded();
  }

  /** Whatever answer there was has left. */
  void answerHasLeft() {
    answerSince = NEVER;
  }

  /**
   * While there is plenty of memory nobody is ever given up, and most calls need not be watched.
   * Those that were not, and last, take a quarter of the memory at most: the last of them to take
   * some found no more in use.
   */
  private void watchIfNeeded() {
    if (!isWatched && memory.mayGetShort()) {
      isWatched = true;
      calls.watch(this);
      if (over) {
        calls.forget(this);
      }
    }
  }

  /** The transport is through with the call. */
  void end() {
    over = true;
    if (isWatched) {
      calls.forget(this);
    }
  }

  /** Ends the call if its caller has had its turn for too long. */
  void endIfOver(long nanoTime) {
    Stalling stalling = call;
    if (stalling == null) {
      return;
    }
    if (isOver(answerSince, answerBytes, nanoTime)) {
      giveUp(stalling, tooSlow("its answer was not read", answerBytes));
    } else if (isOver(requestSince, memory.bytes(), nanoTime)) {
      stalling.fail(tooSlow("its request did not come", memory.bytes()));
    }
  }

  private void giveUp(Stalling stalling, ServingException why) {
    CancellableContext own = context;
    if (own != null) {
      stalling.givenUp(why);
      own.cancel(new TimeoutException(why.getMessage()));
    }
  }

  private boolean isOver(long since, long bytes, long nanoTime) {
    return since != NEVER && nanoTime - since > calls.limit(bytes).toNanos();
  }

  private ServingException tooSlow(String what, long bytes) {
    return ServingException.refusal(
        Reason.SERVER_OVERLOADED,
        "other calls need the memory of this one: %s within %d s, which is the limit for its %d bytes"
            .formatted(what, calls.limit(bytes).toSeconds(), bytes));
  }
}
