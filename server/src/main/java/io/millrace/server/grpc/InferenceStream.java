package io.millrace.server.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.millrace.server.model.ServingException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A call of ModelStreamInfer. Each of its requests is a call of its own, but their answers leave in
 * the order of the requests: Triton's do, and its clients hear of an error without the id.
 *
 * <p>Events come on the call's thread, answers on any. The next request is read only where there is
 * room for it, so a stream holds no more than {@value #MAX_REQUESTS} requests and answers, and of
 * large ones fewer, however fast its caller sends and however slowly it reads.
 */
final class InferenceStream extends ServerCall.Listener<InputStream> implements OpenStreams.Stream {
  /** Enough for a full batch while another one runs. */
  static final int MAX_REQUESTS = 128;

  /** Requests that take so much hold up those behind them, which else would be refused for it. */
  static final long MAX_BYTES = 16L << 20;

  private final ServerCall<InputStream, InputStream> call;
  private final StreamedInference inference;

  // Written under the lock of this.
  private volatile boolean over;
  private volatile @Nullable ServingException farewell;

  // Guarded by this.
  private final Deque<StreamedRequest> waiting = new ArrayDeque<>();
  private final List<StreamedRequest> leaving = new ArrayList<>();
  private long bytes;
  private boolean asksForNext;
  private boolean lastHasCome;
  private boolean closed;

  InferenceStream(ServerCall<InputStream, InputStream> call, StreamedInference inference) {
    this.call = call;
    this.inference = inference;
  }

  /** Whether nobody waits for answers any more. */
  boolean isOver() {
    return over || call.isCancelled();
  }

  @Override
  public void onMessage(InputStream message) {
    MessageMemory.Share memory = MessageMemory.SHARE.get().split();
    Context own = Context.current().withValue(MessageMemory.SHARE, memory);
    Context context =
        CallRecord.current().map(stream -> stream.ofRequest().filterContext(own)).orElse(own);
    try {
      context.run(() -> take(message));
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
  }

  /** What is no message ends the stream: it has no id by which its caller could be told. */
  private void take(InputStream message) {
    StreamedRequest request = new StreamedRequest(this, inference);
    try {
      request.read(message);
    } catch (RuntimeException | Error e) {
      request.cancel();
      throw e;
    }
    if (hasPlaceFor(request)) {
      request.start();
      askForNext();
    } else {
      request.cancel();
      request.lost();
    }
  }

  /** There is none where the server has said farewell. */
  private synchronized boolean hasPlaceFor(StreamedRequest request) {
    asksForNext = false;
    if (closed) {
      return false;
    }
    waiting.add(request);
    bytes += request.bytes();
    return true;
  }

  /** Has the next request read where there is room for it. */
  void askForNext() {
    if (hasRoom()) {
      call.request(1);
    }
  }

  private synchronized boolean hasRoom() {
    boolean isFull = waiting.size() + leaving.size() >= MAX_REQUESTS || bytes >= MAX_BYTES;
    if (asksForNext || isFull || farewell != null) {
      return false;
    }
    asksForNext = true;
    return true;
  }

  /** A request has its answer, which leaves when those before it have. Any thread may call it. */
  void answered(StreamedRequest request, Status status, StreamReply reply) {
    if (isKept(request, status, reply)) {
      release();
    } else {
      request.lost();
    }
  }

  private synchronized boolean isKept(StreamedRequest request, Status status, StreamReply reply) {
    if (over) {
      return false;
    }
    request.answered(status, reply);
    sendInOrder();
    closeIfDone();
    return true;
  }

  // Guarded by this.
  private void sendInOrder() {
    while (!waiting.isEmpty()) {
      StreamReply reply = waiting.element().reply();
      if (reply == null) {
        return;
      }
      leaving.add(waiting.remove());
      call.sendMessage(reply);
    }
  }

  /** Gives the places of those answers away that the transport has room for. */
  private void release() {
    takeLeft().forEach(StreamedRequest::left);
    askForNext();
  }

  private synchronized List<StreamedRequest> takeLeft() {
    if (leaving.isEmpty() || !call.isReady()) {
      return List.of();
    }
    List<StreamedRequest> left = List.copyOf(leaving);
    leaving.clear();
    left.forEach(request -> bytes -= request.bytes());
    return left;
  }

  @Override
  public void onReady() {
    release();
  }

  @Override
  public synchronized void onHalfClose() {
    lastHasCome = true;
    closeIfDone();
  }

  /** The server stops: what was read is answered, and nothing more is read. */
  @Override
  public synchronized void end(ServingException why) {
    farewell = why;
    closeIfDone();
  }

  // Guarded by this.
  private void closeIfDone() {
    if (closed || !waiting.isEmpty()) {
      return;
    }
    ServingException why = farewell;
    if (lastHasCome) {
      closed = true;
      call.close(Status.OK, new Metadata());
    } else if (why != null) {
      closed = true;
      call.close(CallFailure.status(why, Map.of()), new Metadata());
    }
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
      sent = List.copyOf(leaving);
      unsent = List.copyOf(waiting);
      leaving.clear();
      waiting.clear();
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
