package io.millrace.server.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.millrace.server.model.ServingException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call of ModelStreamInfer. Each of its requests is a call of its own, but their answers leave in
 * the order of the requests: Triton's do, and its clients hear of an error without the id.
 *
 * <p>Events come on the call's thread, answers on any. The next request is read only where there is
 * room for it, and an answer leaves only where the transport has room, so a stream holds no more
 * than {@value #MAX_REQUESTS} requests and answers, and of large ones fewer, however fast its
 * caller sends and however slowly it reads. Under the lock it is decided what leaves; who writes it
 * does so outside, one thread at a time, so that a large answer holds up no event of its
 * connection.
 */
final class InferenceStream extends ServerCall.Listener<InputStream> implements OpenStreams.Stream {
  /** Enough for a full batch while another one runs. */
  static final int MAX_REQUESTS = 128;

  /** Requests and answers that take so much hold up what comes behind them. */
  static final long MAX_BYTES = 16L << 20;

  private final ServerCall<InputStream, InputStream> call;
  private final StreamedInference inference;
  private final boolean endsAtError;
  private final Optional<CallRecord> record = CallRecord.current();
  private final CallersTurn turn = CallersTurn.current();

  // Written under the lock of this.
  private volatile boolean over;
  private volatile @Nullable ServingException farewell;

  // Guarded by this.
  private final HeldRequests held = new HeldRequests();
  private boolean asksForNext;
  private boolean reads;
  private boolean lastHasCome;
  private boolean sends;
  private boolean closed;

  /**
   * @param endsAtError whether the first request that fails ends the stream with its status
   */
  InferenceStream(
      ServerCall<InputStream, InputStream> call, StreamedInference inference, boolean endsAtError) {
    this.call = call;
    this.inference = inference;
    this.endsAtError = endsAtError;
  }

  /** Whether nobody waits for answers any more. */
  boolean isOver() {
    return over || call.isCancelled();
  }

  @Override
  public void onMessage(InputStream message) {
    MessageMemory.Share memory = MessageMemory.SHARE.get().split();
    Context own = Context.current().withValue(MessageMemory.SHARE, memory);
    Context context = record.map(stream -> stream.ofRequest().filterContext(own)).orElse(own);
    context.run(() -> take(message));
  }

  /** What is no message ends the stream: it has no id by which its caller could be told. */
  private void take(InputStream message) {
    StreamedRequest request = new StreamedRequest(this, inference);
    try {
      request.take(message);
      if (!request.isRead()) {
        readByWorker(request);
        return;
      }
    } catch (RuntimeException | Error e) {
      request.drop();
      throw e;
    }
    place(request);
  }

  /** Until that is done no other message is asked for, and the stream does not end by itself. */
  private void readByWorker(StreamedRequest request) {
    setReads(true);
    inference.door().workers().execute(Context.current().wrap(() -> read(request)));
  }

  private synchronized void setReads(boolean isSo) {
    reads = isSo;
  }

  private void read(StreamedRequest request) {
    if (isOver()) {
      request.drop();
      return;
    }
    try {
      request.read();
    } catch (RuntimeException | Error e) {
      request.drop();
      endAsUnread(e);
      return;
    }
    place(request);
  }

  /** As the guard ends the stream where a message is read at once. */
  private void endAsUnread(Throwable failure) {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    call.close(Status.UNKNOWN.withCause(failure), new Metadata());
  }

  private void place(StreamedRequest request) {
    if (hasPlaceFor(request)) {
      request.start();
      askForNext();
    } else {
      request.drop();
    }
  }

  /** There is none where the stream has ended. */
  private synchronized boolean hasPlaceFor(StreamedRequest request) {
    asksForNext = false;
    reads = false;
    if (closed) {
      return false;
    }
    held.add(request);
    return true;
  }

  /** Has the next request read where there is room for it. */
  void askForNext() {
    if (hasRoom()) {
      call.request(1);
    }
  }

  private synchronized boolean hasRoom() {
    if (asksForNext || closed || farewell != null || held.isFull()) {
      return false;
    }
    asksForNext = true;
    return true;
  }

  /** A request has its answer, which leaves when those before it have. Any thread may call it. */
  void answered(StreamedRequest request, StreamReply reply) {
    if (isKept(request, reply)) {
      proceed();
    } else {
      request.lost();
    }
  }

  private synchronized boolean isKept(StreamedRequest request, StreamReply reply) {
    if (over) {
      return false;
    }
    held.answered(request, reply);
    return true;
  }

  /** Sends what may leave, unless another thread is about it, which then sends this too. */
  private void proceed() {
    if (begins()) {
      for (StreamedRequest next = next(); next != null; next = next()) {
        send(next);
        sent(next);
        release();
      }
      endIfDone();
    }
    release();
  }

  private synchronized void sent(StreamedRequest next) {
    held.sent(next);
  }

  private synchronized boolean begins() {
    if (sends) {
      return false;
    }
    sends = true;
    return true;
  }

  /** What leaves now; where that is nothing, whoever has more begins anew. */
  private synchronized @Nullable StreamedRequest next() {
    StreamedRequest next = closed || !call.isReady() ? null : held.next();
    sends = next != null;
    return next;
  }

  private void send(StreamedRequest next) {
    if (endsAtError && next.hasFailed()) {
      endLike(next);
    } else {
      call.sendMessage(Objects.requireNonNull(next.reply()));
    }
  }

  /** The requests behind it are given up when the call has ended. */
  private void endLike(StreamedRequest failed) {
    synchronized (this) {
      closed = true;
      held.sent(failed);
    }
    record.ifPresent(failed::endsStream);
    call.close(failed.status(), failed.trailers());
  }

  /** Gives the places of those answers away that the transport has room for. */
  private void release() {
    takeLeft().forEach(StreamedRequest::left);
    askForNext();
  }

  private synchronized List<StreamedRequest> takeLeft() {
    if (call.isReady()) {
      turn.answerHasLeft();
      return held.left();
    }
    long leaving = held.leavingBytes();
    if (leaving > 0) {
      turn.answerLeaves(leaving);
    }
    return List.of();
  }

  @Override
  public void onReady() {
    release();
    proceed();
  }

  @Override
  public void onHalfClose() {
    synchronized (this) {
      lastHasCome = true;
    }
    proceed();
  }

  /** The server stops: what was read is answered, and nothing more is read. */
  @Override
  public void end(ServingException why) {
    synchronized (this) {
      farewell = why;
    }
    proceed();
  }

  private void endIfDone() {
    Status end = takeEnd();
    if (end != null) {
      call.close(end, new Metadata());
    }
  }

  /** How the stream ends now; null if it does not. */
  private synchronized @Nullable Status takeEnd() {
    ServingException why = farewell;
    if (closed || sends || reads || !held.isEveryOneSent() || !(lastHasCome || why != null)) {
      return null;
    }
    closed = true;
    return lastHasCome || why == null ? Status.OK : CallFailure.status(why, Map.of());
  }

  @Override
  public void onCancel() {
    over();
  }

  @Override
  public void onComplete() {
    over();
  }

  private void over() {
    List<StreamedRequest> sent;
    List<StreamedRequest> unsent;
    synchronized (this) {
      over = true;
      closed = true;
      sent = held.left();
      unsent = held.lost();
    }
    inference.guard().streams().remove(this);
    sent.forEach(StreamedRequest::left);
    unsent.forEach(InferenceStream::giveUp);
  }

  /** One that runs ends a little later, by {@link #answered}. */
  private static void giveUp(StreamedRequest request) {
    if (request.reply() == null) {
      request.cancel();
    } else {
      request.lost();
    }
  }
}
