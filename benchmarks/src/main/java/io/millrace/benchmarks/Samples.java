package io.millrace.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The rounds of one contender under one load. Confined to one thread. */
final class Samples {
  private final List<Sample> rounds = new ArrayList<>();

  void add(Sample sample) {
    rounds.add(sample);
  }

  double median(ToDoubleFunction<Sample> value) {
    double[] sorted = rounds.stream().mapToDouble(value).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The best round where less is better. */
  double least(ToDoubleFunction<Sample> value) {
    return rounds.stream().mapToDouble(value).min().orElseThrow();
  }

  /** The best round where more is better. */
  double most(ToDoubleFunction<Sample> value) {
    return rounds.stream().mapToDouble(value).max().orElseThrow();
  }
}
