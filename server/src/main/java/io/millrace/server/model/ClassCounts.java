package io.millrace.server.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Of which outputs a call wants the highest classes by name, in place of their scores, and how many
 * of each row. Immutable.
 *
 * @param ofScores how many of each output that {@linkplain #areScores holds scores}; 0 for none
 * @param ofOutputs how many of single outputs, by name
 */
public record ClassCounts(int ofScores, Map<String, Integer> ofOutputs) {
  /** All outputs as they are. */
  public static final ClassCounts NONE = new ClassCounts(0, Map.of());

  /** The name under which callers ask for it, which is Triton's. */
  public static final String PARAMETER = "classification";

  public ClassCounts {
    ofOutputs = Map.copyOf(ofOutputs);
  }

  /**
   * So many of each output that holds scores.
   *
   * @param path where the number stands, for the error
   * @param number the largest long if it is more; empty if it is no whole number
   * @param written the number as it came, for the error
   * @throws ServingException with PARAMETER_INVALID if the number makes no sense
   */
  public static ClassCounts ofScores(String path, OptionalLong number, String written) {
    return new ClassCounts(count(path, path, number, written), Map.of());
  }

  /**
   * The same, and so many of one more output; see {@link #ofScores(String, OptionalLong, String)}.
   */
  public ClassCounts with(String path, String output, OptionalLong number, String written) {
    Map<String, Integer> more = new HashMap<>(ofOutputs);
    more.put(output, count(path, path + " of output " + Quote.of(output), number, written));
    return new ClassCounts(ofScores, more);
  }

  private static int count(String path, String what, OptionalLong number, String written) {
    if (number.isEmpty() || number.getAsLong() < 0) {
      throw refusal(
          path,
          "%s is %s; allowed: how many classes to name, a whole number, or 0 for the scores"
              .formatted(what, Quote.of(written)));
    }
    return (int) Math.min(number.getAsLong(), Integer.MAX_VALUE);
  }

  /** Whether an output is likely to be a classifier's: rows of numbers with fractions. */
  public static boolean areScores(TensorSpec output) {
    return output.shape().rank() > 1 && output.dtype().isFloatingPoint();
  }

  /**
   * How many of which outputs, by name; those that stay as they are have no entry.
   *
   * @param returned the outputs that the call returns
   * @throws ServingException with PARAMETER_INVALID if an output is not among them or is not of
   *     numbers, or none of them holds scores
   */
  public Map<String, Integer> among(List<TensorSpec> returned) {
    Map<String, Integer> counts = new HashMap<>();
    for (TensorSpec output : returned) {
      int count = ofOutputs.getOrDefault(output.name(), areScores(output) ? ofScores : 0);
      if (count > 0) {
        requireNumbers(output);
        counts.put(output.name(), count);
      }
    }
    requireReturned(returned);
    if (ofScores > 0 && counts.isEmpty()) {
      throw refusal(
          PARAMETER,
          "no classes can be named: none of the outputs %s holds scores, which are floating-point"
                  .formatted(returned)
              + " numbers in two or more dimensions");
    }
    return counts;
  }

  private static void requireNumbers(TensorSpec output) {
    if (output.dtype() == DataType.BYTES || output.dtype() == DataType.BOOL) {
      throw refusal(
          PARAMETER,
          "output %s is %s; only outputs of numbers have classes to name"
              .formatted(Quote.of(output.name()), output.dtype()));
    }
  }

  private void requireReturned(List<TensorSpec> returned) {
    List<String> names = returned.stream().map(TensorSpec::name).toList();
    for (String asked : ofOutputs.keySet()) {
      if (!names.contains(asked)) {
        throw refusal(
            PARAMETER,
            "%s names output %s, which the call does not return; it returns %s"
                .formatted(PARAMETER, Quote.of(asked), names.stream().map(Quote::of).toList()));
      }
    }
  }

  private static ServingException refusal(String path, String message) {
    return ServingException.refusal(Reason.PARAMETER_INVALID, path, message);
  }
}
