package io.millrace.server.batching;

import io.millrace.server.model.Sample;
import io.millrace.server.model.Shape;
import io.millrace.server.model.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Takes the rows out of samples, for the trial of a model that answers no others. Pure. */
final class TrialRows {
  private TrialRows() {}

  /**
   * So many rows of one shape, over and over again if there are fewer.
   *
   * @param most bytes of one row
   * @return for each row its part of each input; empty unless two rows differ, because a model that
   *     mixes equal rows does not give itself away
   */
  static List<List<Tensor>> of(List<Sample> samples, int count, long most) {
    List<List<Tensor>> different = new ArrayList<>();
    for (Sample sample : samples) {
      for (List<Tensor> row : rows(sample)) {
        if (bytes(row) <= most && isNew(row, different)) {
          different.add(row);
        }
      }
    }
    return different.size() < 2
        ? List.of()
        : IntStream.range(0, count).mapToObj(i -> different.get(i % different.size())).toList();
  }

  /** None if its inputs do not all have the same rows. */
  private static List<List<Tensor>> rows(Sample sample) {
    List<Tensor> inputs = sample.inputs();
    if (inputs.isEmpty() || inputs.stream().anyMatch(input -> input.shape().rank() == 0)) {
      return List.of();
    }
    int count = (int) Math.min(Integer.MAX_VALUE, inputs.get(0).shape().size(0));
    if (inputs.stream().anyMatch(input -> input.shape().size(0) != count)) {
      return List.of();
    }
    long[] ones = Collections.nCopies(count, 1L).stream().mapToLong(one -> one).toArray();
    List<List<Tensor>> parts =
        inputs.stream().map(input -> RowSplitter.split(input, ones)).toList();
    return IntStream.range(0, count)
        .mapToObj(row -> parts.stream().map(part -> part.get(row)).toList())
        .toList();
  }

  private static long bytes(List<Tensor> row) {
    return row.stream().mapToLong(Tensor::byteCount).sum();
  }

  private static boolean isNew(List<Tensor> row, List<List<Tensor>> known) {
    return (known.isEmpty() || shapes(row).equals(shapes(known.get(0))))
        && known.stream().noneMatch(other -> isSame(row, other));
  }

  private static List<Shape> shapes(List<Tensor> row) {
    return row.stream().map(Tensor::shape).toList();
  }

  private static boolean isSame(List<Tensor> row, List<Tensor> other) {
    return IntStream.range(0, row.size())
        .allMatch(i -> row.get(i).data().equals(other.get(i).data()));
  }
}
