package io.millrace.server.inference;

import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The highest classes of each row of an output of numbers. Of equal scores the lower index comes
 * first, and NaN comes last. Immutable; a row is computed when it is asked for.
 */
public final class TopClasses {
  /** Of all rows together: a class takes many times the memory of its score. */
  private static final int MAX_CLASSES = 1 << 20;

  private final Scores scores;
  private final long rows;
  private final long classes;
  private final int most;

  /**
   * @param output not of BOOL or BYTES
   * @param hasRows whether the first dimension counts rows; all others together count classes
   * @param most how many classes of a row are wanted, if there are as many
   * @throws ServingException with MESSAGE_TOO_LARGE if these are too many classes
   */
  public TopClasses(Tensor output, boolean hasRows, int most) {
    boolean byRow = hasRows && output.shape().rank() > 0;
    long[] sizes = output.shape().toArray();
    this.scores = new Scores(output);
    this.rows = byRow ? sizes[0] : 1;
    // Sizes beside a 0 may be so large that their product is not known.
    this.classes =
        Shape.of(byRow ? Arrays.copyOfRange(sizes, 1, sizes.length) : sizes)
            .elements()
            .orElse(Long.MAX_VALUE);
    this.most = most;
    requireFew(output);
  }

  private void requireFew(Tensor output) {
    if (perRow() > 0 && rows > MAX_CLASSES / perRow()) {
      throw ServingException.refusal(
          Reason.MESSAGE_TOO_LARGE,
          "output %s: %d classes of each of %d rows are more than the %d that an answer names; ask for fewer"
              .formatted(Quote.of(output.name()), perRow(), rows, MAX_CLASSES));
    }
  }

  public long rows() {
    return rows;
  }

  /** How many classes each row has here. */
  public int perRow() {
    return (int) Math.min(most, classes);
  }

  /** The highest classes of a row, the highest first. */
  public List<ScoredClass> row(long row) {
    int first = Math.toIntExact(row * classes);
    PriorityQueue<Candidate> best = new PriorityQueue<>();
    for (int i = 0; i < classes; i++) {
      long rank = scores.rank(first + i);
      if (best.size() < perRow()) {
        best.add(new Candidate(rank, i));
      } else if (rank > best.element().rank()) {
        best.remove();
        best.add(new Candidate(rank, i));
      }
    }
    Deque<ScoredClass> highestFirst = new ArrayDeque<>(best.size());
    while (!best.isEmpty()) {
      int index = best.remove().index();
      highestFirst.addFirst(new ScoredClass(index, scores.get(first + index)));
    }
    return List.copyOf(highestFirst);
  }

  /** The worst is the least. */
  private record Candidate(long rank, int index) implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate other) {
      int byRank = Long.compare(rank, other.rank);
      return byRank == 0 ? Integer.compare(other.index, index) : byRank;
    }
  }
}
