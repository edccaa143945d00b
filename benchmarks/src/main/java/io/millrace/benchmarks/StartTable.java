package io.millrace.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Starts as Markdown: medians with the best in brackets, and ratios to those of the first line.
 * Confined to one thread.
 */
final class StartTable {
  private static final String[] HEAD = {
    "start",
    "first answer ms",
    "÷ echo's ms",
    "CPU ms until then",
    "÷ echo's CPU ms",
    "MB resident",
    "÷ echo's MB"
  };

  private static final List<ToDoubleFunction<StartSample>> VALUES =
      List.of(StartSample::millis, StartSample::cpuMillis, StartSample::megabytes);

  private final Map<String, List<StartSample>> starts = new LinkedHashMap<>();

  void add(String name, StartSample sample) {
    starts.computeIfAbsent(name, unused -> new ArrayList<>()).add(sample);
  }

  String markdown() {
    MarkdownTable table = new MarkdownTable(1, HEAD);
    List<StartSample> limit = starts.values().iterator().next();
    starts.forEach(
        (name, samples) -> {
          List<String> cells = new ArrayList<>(List.of(name));
          VALUES.forEach(value -> add(cells, sorted(samples, value), sorted(limit, value)));
          table.add(cells);
        });
    return table.text();
  }

  private static void add(List<String> cells, double[] own, double[] limit) {
    cells.add(String.format(Locale.ROOT, "%,.0f (%,.0f)", median(own), own[0]));
    cells.add(
        String.format(Locale.ROOT, "%.2f (%.2f)", median(own) / median(limit), own[0] / limit[0]));
  }

  private static double[] sorted(List<StartSample> samples, ToDoubleFunction<StartSample> value) {
    return samples.stream().mapToDouble(value).sorted().toArray();
  }

  private static double median(double[] sorted) {
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
