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
  private static final String HEAD =
      """
      | start | first answer ms | ÷ echo | CPU ms until then | ÷ echo | MB resident | ÷ echo |
      |---|---|---|---|---|---|---|
      """;

  private static final List<ToDoubleFunction<StartSample>> VALUES =
      List.of(StartSample::millis, StartSample::cpuMillis, StartSample::megabytes);

  private final Map<String, List<StartSample>> starts = new LinkedHashMap<>();

  void add(String name, StartSample sample) {
    starts.computeIfAbsent(name, unused -> new ArrayList<>()).add(sample);
  }

  String markdown() {
    StringBuilder text = new StringBuilder(HEAD);
    List<StartSample> limit = starts.values().iterator().next();
    starts.forEach(
        (name, samples) -> {
          text.append("| ").append(name);
          VALUES.forEach(value -> cells(text, sorted(samples, value), sorted(limit, value)));
          text.append(" |\n");
        });
    return text.toString();
  }

  private static void cells(StringBuilder text, double[] own, double[] limit) {
    text.append(
        String.format(
            Locale.ROOT,
            " | %,.0f (%,.0f) | %.2f (%.2f)",
            median(own),
            own[0],
            median(own) / median(limit),
            own[0] / limit[0]));
  }

  private static double[] sorted(List<StartSample> samples, ToDoubleFunction<StartSample> value) {
    return samples.stream().mapToDouble(value).sorted().toArray();
  }

  private static double median(double[] sorted) {
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
