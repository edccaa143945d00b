package io.millrace.server.grpc;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The requests that a stream of inferences holds: in their order while they wait for answers, and
 * then until those have left. Guarded by its stream.
 *
 * <p>How much an answer takes is known when it is there, and then it is too late not to have read
 * its request. So each request counts beforehand for as much as answers of its stream took of late.
 */
final class HeldRequests {
  /** What the first answers are taken to need; so many are few, and most are far smaller. */
  private static final long FIRST_ANSWER_BYTES = 1L << 20;

  private final Deque<StreamedRequest> waiting = new ArrayDeque<>();
  private final List<StreamedRequest> leaving = new ArrayList<>();
  private long bytes;
  private long expectedBytes = FIRST_ANSWER_BYTES;

  void add(StreamedRequest request) {
    request.expect(expectedBytes);
    waiting.add(request);
    bytes += request.bytes();
  }

  boolean isFull() {
    return waiting.size() + leaving.size() >= InferenceStream.MAX_REQUESTS
        || bytes >= InferenceStream.MAX_BYTES;
  }

  /** A request has its answer, and counts for that from now on. */
  void answered(StreamedRequest request, StreamReply reply) {
    bytes -= request.bytes();
    request.answered(reply);
    bytes += request.bytes();
    expectedBytes = Math.max(request.bytes(), expectedBytes / 2);
  }

  /** The first request, whose answer is to leave; null if there is none, or it has none yet. */
  @Nullable StreamedRequest next() {
    StreamedRequest first = waiting.peek();
    return first == null || first.reply() == null ? null : first;
  }

  /** The answer of the first request is the transport's now. */
  void sent(StreamedRequest first) {
    if (waiting.peek() == first) {
      leaving.add(waiting.remove());
    }
  }

  /** What the answers take that the transport has not got rid of yet; 0 if there are none. */
  long leavingBytes() {
    return leaving.stream().mapToLong(StreamedRequest::bytes).sum();
  }

  /** Whether no request waits for its answer, nor an answer for its turn. */
  boolean isEveryOneSent() {
    return waiting.isEmpty();
  }

  /** Those whose answers the transport had, of which it has got rid. */
  List<StreamedRequest> left() {
    if (leaving.isEmpty()) {
      return List.of();
    }
    List<StreamedRequest> left = List.copyOf(leaving);
    leaving.clear();
    left.forEach(request -> bytes -= request.bytes());
    return left;
  }

  /** Those that wait: their answers will reach nobody. */
  List<StreamedRequest> lost() {
    List<StreamedRequest> lost = List.copyOf(waiting);
    waiting.clear();
    lost.forEach(request -> bytes -= request.bytes());
    return lost;
  }
}
