package io.millrace.server.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.millrace.server.model.Cancellation;
import io.millrace.server.model.InferenceRequest;
import io.millrace.server.model.InferenceResponse;
import java.io.InputStream;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One call of a method that runs models. Its events come on the call's thread; its answer, and the
 * question whether anybody waits for it, on any.
 */
final class InferenceCall extends ServerCall.Listener<InputStream> implements Cancellation {
  private static final MessageBytes NO_BYTES = MessageBytes.of(new byte[0]);

  private final ServerCall<InputStream, InputStream> call;
  private final InferenceMethod<?> method;
  private final InferenceDoor door;
  private @Nullable ReadRequest request;
  private MessageBytes bytes = NO_BYTES;
  private int length;
  private boolean running;
  private Optional<Duration> limit = Optional.empty();

  /** The limit as the caller said it; some of it has gone before anybody waits. */
  private Optional<Duration> named = Optional.empty();

  // Guarded by this.
  private final List<Runnable> whenOver = new ArrayList<>(0);
  private boolean over;
  private @Nullable CompletableFuture<Void> timer;

  InferenceCall(
      ServerCall<InputStream, InputStream> call, InferenceMethod<?> method, InferenceDoor door) {
    this.call = call;
    this.method = method;
    this.door = door;
  }

  @Override
  public void onMessage(InputStream message) {
    bytes = method.bytes(message);
    length = bytes.length();
    keep(method.readAtOnce(bytes));
  }

  /** Of a message that was compressed nothing is read any more, and nothing counted. */
  private void keep(@Nullable ReadRequest read) {
    request = read;
    if (read != null && bytes.isPacked()) {
      bytes = NO_BYTES;
    }
  }

  /** How many bytes its message came with. */
  int length() {
    return length;
  }

  /** Whether its message has been read; otherwise {@link #read} does it. */
  boolean isRead() {
    return request != null;
  }

  /**
   * Reads the message that came, which takes long.
   *
   * @throws RuntimeException if it is none, is too large or finds no room
   */
  void read() {
    keep(method.read(bytes));
  }

  /** What the caller calls its request; empty if that has no name, or one that is too long. */
  String requestId() {
    ReadRequest read = request;
    return read == null || read.id().length() > RequestFields.MAX_ID_LENGTH ? "" : read.id();
  }

  /** From now on the bytes are released with the answer: nothing reads them after that. */
  @Override
  public void onHalfClose() {
    running = true;
    ReadRequest read = request;
    if (read == null) {
      readByWorker();
    } else {
      run(read);
    }
  }

  private void readByWorker() {
    try {
      byWorker(this::readAndInfer);
    } catch (RuntimeException | Error e) {
      refuseUnread(e);
    }
  }

  private void readAndInfer() {
    try {
      read();
    } catch (RuntimeException | Error e) {
      refuseUnread(e);
      return;
    }
    infer(Objects.requireNonNull(request));
  }

  private void run(ReadRequest read) {
    try {
      if (read.isLong()) {
        byWorker(() -> infer(read));
        return;
      }
    } catch (RuntimeException | Error e) {
      refuse(read, e);
      return;
    }
    infer(read);
  }

  /** The message counts as long as it waits or is read, also if nobody waits for the answer. */
  private void byWorker(Runnable work) {
    MessageMemory.Share memory = MessageMemory.SHARE.get();
    memory.keep();
    try {
      door.workers().execute(Context.current().wrap(() -> doIfAwaited(work, memory)));
    } catch (RejectedExecutionException e) {
      memory.letGo();
      throw e;
    }
  }

  private void doIfAwaited(Runnable work, MessageMemory.Share memory) {
    try {
      if (call.isCancelled()) {
        release();
      } else {
        work.run();
      }
    } finally {
      memory.letGo();
    }
  }

  private void infer(ReadRequest read) {
    try {
      limit = door.deadlines().ownLimit();
      long deadline = door.deadlines().ofCurrentCall();
      InferenceRequest decoded = read.decode(new InferenceDoor.Patience(deadline, this));
      if (decoded.deadlineNanos() != deadline) {
        // Its parameters name a time that is shorter than what gRPC knows of.
        limit = door.deadlines().until(decoded.deadlineNanos());
        named = Optional.of(Duration.of(read.timeoutMicros(), ChronoUnit.MICROS));
      }
      var unused =
          door.infer()
              .apply(decoded)
              .whenComplete((response, failure) -> end(read, response, failure));
    } catch (RuntimeException | Error e) {
      refuse(read, e);
    }
  }

  /** As the guard refuses what is read at once: nobody knows yet what the message is about. */
  private void refuseUnread(Throwable failure) {
    call.close(Status.UNKNOWN.withCause(failure), new Metadata());
    release();
  }

  private void refuse(ReadRequest read, Throwable failure) {
    fail(read, failure);
    release();
  }

  /**
   * Lets go of the request: its answer may wait long for somebody who reads it, and what counts
   * from then on is the answer alone.
   */
  private void release() {
    bytes.release();
    synchronized (this) {
      bytes = NO_BYTES;
      request = null;
      whenOver.clear();
      stopTimer();
    }
  }

  private void end(
      ReadRequest read, @Nullable InferenceResponse response, @Nullable Throwable failure) {
    try {
      conclude(read, response, failure);
    } finally {
      release();
    }
  }

  private void conclude(
      ReadRequest read, @Nullable InferenceResponse response, @Nullable Throwable failure) {
    if (failure != null || response == null) {
      fail(read, failure == null ? new NullPointerException("no answer") : failure);
      return;
    }
    try {
      answer(method.writer().apply(read, door.checked(response)));
    } catch (RuntimeException | Error e) {
      fail(read, e);
    }
  }

  private void answer(EncodedReply reply) {
    call.sendHeaders(new Metadata());
    call.sendMessage(reply);
    call.close(Status.OK, new Metadata());
  }

  private void fail(ReadRequest read, Throwable failure) {
    call.close(CallFailure.status(failure, read.subject()), new Metadata());
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
    if (!running) {
      bytes.release();
    }
    List<Runnable> actions;
    synchronized (this) {
      over = true;
      actions = List.copyOf(whenOver);
      whenOver.clear();
      stopTimer();
    }
    actions.forEach(Runnable::run);
  }

  // Guarded by this.
  private void stopTimer() {
    if (timer != null) {
      timer.complete(null);
    }
  }

  @Override
  public boolean isRequested() {
    return call.isCancelled();
  }

  /**
   * Whoever wants to know does not answer at once, so this is also when the server's own limit of
   * time begins to matter: most calls never need a timer.
   */
  @Override
  public void whenOver(Runnable action) {
    boolean isOver;
    synchronized (this) {
      isOver = over;
      if (!isOver) {
        whenOver.add(action);
        startTimer();
      }
    }
    if (isOver) {
      action.run();
    }
  }

  // Guarded by this.
  private void startTimer() {
    if (timer != null || limit.isEmpty() || request == null) {
      return;
    }
    ReadRequest read = request;
    Duration longest = limit.get();
    timer = new CompletableFuture<>();
    var unused =
        timer
            .orTimeout(longest.toNanos(), TimeUnit.NANOSECONDS)
            .whenComplete(
                (done, tooLate) -> {
                  if (tooLate != null) {
                    fail(read, InferenceDoor.tooLate(named.orElse(longest)));
                  }
                });
  }
}
