package io.millrace.server.inference;

import io.millrace.server.model.Quote;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.util.Arrays;

/**
 * The highest classes of each row of an output of numbers. Of equal scores the lower index comes
 * first, and NaN comes last. A row is computed when it is asked for. Confined to one thread.
 */
public final class TopClasses {
  /** Of all rows together: a class by name takes many times the memory of its score. */
  private static final int MAX_CLASSES = 1 << 20;

  private final Scores scores;
  private final long rows;
  private final Shape row;
  private final long classes;
  private final int most;
  private final HighestClasses highest;

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
    this.row = Shape.of(byRow ? Arrays.copyOfRange(sizes, 1, sizes.length) : sizes);
    // Sizes beside a 0 may be so large that their product is not known.
    this.classes = row.elements().orElse(Long.MAX_VALUE);
    this.most = most;
    requireFew(output);
    // Without rows the number of classes is what the output claims, and needs nothing.
    this.highest = new HighestClasses(rows == 0 ? 0 : perRow());
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

  /**
   * Whether the place of a number in its row is the number of a class. In a mask, which has numbers
   * of classes and of pixels, it is not.
   */
  boolean areClasses() {
    return Arrays.stream(row.toArray()).filter(size -> size != 1).count() <= 1;
  }

  /**
   * The indexes of the highest classes of a row, the highest first, in an array that the next row
   * overwrites.
   */
  public int[] row(long number) {
    int first = Math.toIntExact(number * classes);
    for (int i = 0; i < classes; i++) {
      highest.add(scores.rank(first + i), i);
    }
    return highest.take();
  }

  /** A score as the model gave it: a Float, a Double, a Long or, of UINT64, a BigInteger. */
  public Number score(long number, int index) {
    return scores.get(Math.toIntExact(number * classes + index));
  }
}
