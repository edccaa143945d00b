package io.millrace.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Tells what has become more and more of, from one look to the next. Confined to one thread. */
final class VitalSigns {
  private final int leniency;
  private final Map<Vital, List<Long>> samples = new EnumMap<>(Vital.class);

  /**
   * @param leniency times of what a vital is allowed to become more, 1 or more: a short look sees
   *     much that only begins
   */
  VitalSigns(int leniency) {
    this.leniency = leniency;
  }

  /** Takes note of one look. */
  void add(Vital vital, long amount) {
    samples.computeIfAbsent(vital, unused -> new ArrayList<>()).add(amount);
  }

  /** Whether it is level in the second half of the time. */
  boolean isLevel(Vital vital) {
    return rise(vital) <= vital.allowance() * leniency;
  }

  /** By how much the median of the last quarter is above that of the one before. */
  private long rise(Vital vital) {
    return median(vital, 3) - median(vital, 2);
  }

  /** By how much the median of the last quarter is above that of the first. */
  long growth(Vital vital) {
    return median(vital, 3) - median(vital, 0);
  }

  private long median(Vital vital, int quarter) {
    List<Long> all = samples.getOrDefault(vital, List.of());
    long[] sorted =
        all.subList(all.size() * quarter / 4, all.size() * (quarter + 1) / 4).stream()
            .mapToLong(Long::longValue)
            .sorted()
            .toArray();
    if (sorted.length == 0) {
      throw new IllegalStateException(
          "%s: %d samples are too few, 4 are needed".formatted(vital, all.size()));
    }
    return sorted[sorted.length / 2];
  }

  /** What there was in each quarter of the time. */
  String text(Vital vital) {
    String[] quarters = new String[4];
    Arrays.setAll(quarters, quarter -> vital.text(median(vital, quarter)));
    return String.join(", ", quarters);
  }
}
