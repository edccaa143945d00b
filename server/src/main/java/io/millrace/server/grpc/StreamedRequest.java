package io.millrace.server.grpc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One request of a stream: to what reads, runs and answers it, a call of its own, with its own
 * share of the memory and its own record. Make it while its context is current.
 */
final class StreamedRequest extends ServerCall<InputStream, InputStream> {
  private final InferenceStream stream;
  private final MethodDescriptor<InputStream, InputStream> method;
  private final MessageMemory.Share memory = MessageMemory.SHARE.get();
  private final Optional<CallRecord> record = CallRecord.current();
  private final InferenceCall run;
  private @Nullable EncodedReply answer;

  // Written before the stream learns of the reply.
  private Status end = Status.CANCELLED;
  private Metadata trailers = new Metadata();

  // Guarded by the stream.
  private @Nullable StreamReply reply;
  private long bytes;

  StreamedRequest(InferenceStream stream, StreamedInference inference) {
    this.stream = stream;
    this.method = inference.requests();
    this.run =
        new InferenceCall(inference.guard().guarded(this), inference.method(), inference.door());
  }

  /**
   * Takes the message of the request, and reads it if that is soon done.
   *
   * @throws RuntimeException if it is none, is too large or finds no room
   */
  void take(InputStream message) {
    run.onMessage(message);
    record.ifPresent(call -> call.inboundUncompressedSize(run.length()));
    bytes = memory.bytes();
  }

  /** Whether the message has been read; otherwise {@link #read} does it. */
  boolean isRead() {
    return run.isRead();
  }

  /**
   * Reads the message that was taken, which takes long.
   *
   * @throws RuntimeException as {@link #take}
   */
  void read() {
    run.read();
    bytes = memory.bytes();
  }

  /** What could not be read, or has no place, is no call: its stream tells of it. */
  void drop() {
    cancel();
    memory.close();
  }

  /** What it counts for in its stream: the memory that it took, and then that of its answer. */
  long bytes() {
    return bytes;
  }

  /** Until it is answered it counts for an answer of this size, if that takes more than it. */
  void expect(long answerBytes) {
    bytes = Math.max(bytes, answerBytes);
  }

  /** Runs it; from now on it ends by {@link InferenceStream#answered}, and only so. */
  void start() {
    record.ifPresent(CallRecord::beginsInStream);
    run.onHalfClose();
  }

  /** Nobody waits for it any more. */
  void cancel() {
    run.onCancel();
  }

  /** Takes note of its answer, for which it needs no more of the memory. */
  void answered(StreamReply with) {
    reply = with;
    bytes = with.available();
    memory.shrink(bytes);
    record.ifPresent(call -> call.outboundUncompressedSize(with.available()));
  }

  boolean hasFailed() {
    return !end.isOk();
  }

  /** How it ended. */
  Status status() {
    return end;
  }

  /** What a call that ends so says beside the status. */
  Metadata trailers() {
    return trailers;
  }

  /** The stream, of which this is the record, ends as this request did. */
  void endsStream(CallRecord whole) {
    record.ifPresent(whole::endsLike);
  }

  /** The answer; null if there is none yet. */
  @Nullable StreamReply reply() {
    return reply;
  }

  /** Its answer has left. */
  void left() {
    ended(end);
  }

  /** It has ended, and its answer, if any, reaches nobody. */
  void lost() {
    ended(Status.CANCELLED);
  }

  private void ended(Status status) {
    memory.close();
    record.ifPresent(call -> call.streamClosed(status));
  }

  @Override
  public void request(int messages) {}

  @Override
  public void sendHeaders(Metadata headers) {}

  @Override
  public void sendMessage(InputStream message) {
    answer = (EncodedReply) message;
  }

  @Override
  public void close(Status status, Metadata trailing) {
    end = status;
    trailers = trailing;
    stream.answered(this, made());
    run.onComplete();
  }

  private StreamReply made() {
    return end.isOk() && answer != null
        ? StreamReply.of(answer)
        : StreamReply.failed(
            run.requestId(), String.valueOf(end.getDescription()), StatusMapper.reason(trailers));
  }

  @Override
  public boolean isCancelled() {
    return stream.isOver();
  }

  @Override
  public MethodDescriptor<InputStream, InputStream> getMethodDescriptor() {
    return method;
  }
}
