package io.millrace.server.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Of which outputs a call wants the highest classes by name, in place of their scores, and how many
 * of each row. Immutable.
 *
 * @param ofScores how many of each output that {@linkplain ScoreOutputs holds scores}
 * @param ofOutputs how many of single outputs, by name
 */
public record ClassCounts(Count ofScores, Map<String, Count> ofOutputs) {
  /**
   * How many classes of a row are wanted.
   *
   * @param number 0 for the scores
   * @param path where the call says so, for errors
   */
  public record Count(int number, String path) {}

  /** All outputs as they are. */
  public static final ClassCounts NONE = new ClassCounts(new Count(0, ""), Map.of());

  /** The name under which callers ask for it, which is Triton's. */
  public static final String PARAMETER = "classification";

  public ClassCounts {
    ofOutputs = Map.copyOf(ofOutputs);
  }

  /**
   * So many of each output that holds scores.
   *
   * @param path where the number stands
   * @param number the largest long if it is more; empty if it is no whole number
   * @param written the number as it came, for the error
   * @throws ServingException with PARAMETER_INVALID if the number makes no sense
   */
  public static ClassCounts ofScores(String path, OptionalLong number, String written) {
    Count count = new Count(count(path, path, number, written), path);
    return count.number() == 0 ? NONE : new ClassCounts(count, Map.of());
  }

  /**
   * The same, and so many of one more output; see {@link #ofScores(String, OptionalLong, String)}.
   */
  public ClassCounts with(String path, String output, OptionalLong number, String written) {
    String what = path + " of output " + Quote.of(output);
    Map<String, Count> more = new HashMap<>(ofOutputs);
    more.put(output, new Count(count(path, what, number, written), path));
    return new ClassCounts(ofScores, more);
  }

  /** Whether the classes of this single output are wanted. */
  public boolean names(String output) {
    @Nullable Count count = ofOutputs.get(output);
    return count != null && count.number() > 0;
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

  /**
   * How many of which outputs, by name; those that stay as they are have no entry.
   *
   * @param returned the outputs that the call returns
   * @param roles what the version's outputs mean
   * @param labels what the version's classes are called
   * @throws ServingException with PARAMETER_INVALID if an output is not among them or has no
   *     classes, or none of them is sure to hold scores
   */
  public Map<String, Integer> among(
      List<TensorSpec> returned, OutputRoles roles, ClassLabels labels) {
    Map<String, Integer> counts = new HashMap<>();
    if (ofScores.number() > 0) {
      List<TensorSpec> scores = ScoreOutputs.among(returned, roles, labels);
      if (scores.isEmpty()) {
        throw refusal(
            ofScores.path(),
            "no classes can be named: " + ScoreOutputs.missing(returned, roles, labels));
      }
      scores.forEach(output -> counts.put(output.name(), ofScores.number()));
    }
    ofOutputs.forEach(
        (output, count) -> {
          requireClasses(returned, output, count);
          counts.put(output, count.number());
        });
    counts.values().removeIf(number -> number == 0);
    return counts;
  }

  private static void requireClasses(List<TensorSpec> returned, String name, Count count) {
    TensorSpec output =
        returned.stream()
            .filter(spec -> spec.name().equals(name))
            .findFirst()
            .orElseThrow(() -> notReturned(returned, name, count));
    if (count.number() > 0 && !isOfNumbers(output)) {
      throw refusal(
          count.path(),
          "output %s is %s; only outputs of numbers have classes to name"
              .formatted(Quote.of(name), output.dtype()));
    }
    if (count.number() > 0 && hasRows(output) && output.shape().rank() == 1) {
      throw refusal(
          count.path(),
          "output %s has one number for each row, and so no classes to name; ask for an output with a score for each class of a row"
              .formatted(output));
    }
  }

  private static boolean isOfNumbers(TensorSpec output) {
    return output.dtype() != DataType.BYTES && output.dtype() != DataType.BOOL;
  }

  /** Whether the first dimension of an output counts rows; all others together count classes. */
  public static boolean hasRows(TensorSpec output) {
    return output.shape().rank() > 0 && output.shape().size(0) == Shape.ANY;
  }

  private static ServingException notReturned(List<TensorSpec> returned, String name, Count count) {
    return refusal(
        count.path(),
        "%s names output %s, which the call does not return; it returns %s"
            .formatted(
                PARAMETER,
                Quote.of(name),
                returned.stream().map(TensorSpec::name).map(Quote::of).toList()));
  }

  private static ServingException refusal(String path, String message) {
    return ServingException.refusal(Reason.PARAMETER_INVALID, path, message);
  }
}
