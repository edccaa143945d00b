package io.millrace.server.batching;

import io.millrace.server.model.Priority;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The requests that wait, in a lane for each priority; within one the request whose caller stops
 * waiting first is in front. The high lane goes first, but while normal requests wait, every fourth
 * batch begins with them, so that nobody starves. Guarded by the queue that has it.
 */
final class Lanes {
  /** Batches in a row that may begin with the high lane while normal requests wait. */
  static final int HIGH_IN_A_ROW = 3;

  private final NavigableSet<PendingRequest> high = new TreeSet<>(PendingRequest::byUrgency);
  private final NavigableSet<PendingRequest> normal = new TreeSet<>(PendingRequest::byUrgency);
  private long highRows;
  private long normalRows;
  private long bytes;
  private int passedOver;

  private NavigableSet<PendingRequest> laneOf(PendingRequest request) {
    return isHigh(request) ? high : normal;
  }

  private static boolean isHigh(PendingRequest request) {
    return request.request().priority() == Priority.HIGH;
  }

  void add(PendingRequest request) {
    laneOf(request).add(request);
    count(request, 1);
  }

  /** Whether it was there. */
  boolean remove(PendingRequest request) {
    boolean removed = laneOf(request).remove(request);
    if (removed) {
      count(request, -1);
    }
    return removed;
  }

  /**
   * Counts what waits.
   *
   * @param sign 1 for a request that comes, -1 for one that goes
   */
  private void count(PendingRequest request, int sign) {
    bytes += sign * request.bytes();
    if (isHigh(request)) {
      highRows += sign * request.rows();
    } else {
      normalRows += sign * request.rows();
    }
  }

  boolean isEmpty() {
    return high.isEmpty() && normal.isEmpty();
  }

  int size() {
    return high.size() + normal.size();
  }

  long rows() {
    return highRows + normalRows;
  }

  /** The size of all inputs that wait. */
  long bytes() {
    return bytes;
  }

  /** The rows that are served before those of a request that joins its lane's end. */
  long rowsAheadOf(Priority priority) {
    return priority == Priority.HIGH
        ? highRows + Math.min(normalRows, highRows / HIGH_IN_A_ROW)
        : rows();
  }

  /** How long the request that came first has waited; 0 if there is none. */
  long longestWait(long nowNanos) {
    return all().mapToLong(request -> nowNanos - request.enqueuedNanos()).max().orElse(0);
  }

  List<PendingRequest> matching(Predicate<PendingRequest> condition) {
    return all().filter(condition).toList();
  }

  private Stream<PendingRequest> all() {
    return Stream.concat(high.stream(), normal.stream());
  }

  /** Takes out the most urgent request and up to so many rows of those that may run with it. */
  Batch takeBatch(long rows, BatchPolicy policy) {
    boolean isHighsTurn = isHighsTurn();
    if (!isHighsTurn) {
      passedOver = 0;
    } else if (!normal.isEmpty()) {
      passedOver++;
    }
    NavigableSet<PendingRequest> lane = isHighsTurn ? high : normal;
    Filling batch = new Filling(policy, lane.first(), rows);
    batch.takeFrom(lane);
    batch.takeFrom(isHighsTurn ? normal : high);
    batch.taken.forEach(request -> count(request, -1));
    return new Batch(batch.taken);
  }

  private boolean isHighsTurn() {
    return !high.isEmpty() && (normal.isEmpty() || passedOver < HIGH_IN_A_ROW);
  }

  /** A batch that is being put together. */
  private static final class Filling {
    private final BatchPolicy policy;
    private final PendingRequest first;
    private final List<PendingRequest> taken = new ArrayList<>();
    private long room;

    Filling(BatchPolicy policy, PendingRequest first, long rows) {
      this.policy = policy;
      this.first = first;
      this.room = rows;
    }

    void takeFrom(NavigableSet<PendingRequest> lane) {
      for (Iterator<PendingRequest> each = lane.iterator(); each.hasNext() && room > 0; ) {
        PendingRequest next = each.next();
        boolean fits = next.rows() <= room && policy.mayShare(first.request(), next.request());
        if (next == first || fits) {
          taken.add(next);
          each.remove();
          room -= next.rows();
        }
      }
    }
  }
}
