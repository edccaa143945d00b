package io.millrace.benchmarks;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * The samples of one workload as Markdown. Each cell is the median of the rounds, with the best one
 * in brackets; ratios are of medians and of bests. Confined to one thread.
 */
final class Table {
  /** What the columns mean, to stand above the first table. */
  static final String LEGEND =
      """
      A cell is the median of the rounds, with the best of them in brackets. A column with ÷ divides the figure of its line by
      that of the bare gRPC echo (echo), by that of ONNX Runtime alone (raw), or by the sum of both, in the same run: 1.30 below
      "÷ echo's µs" is 1.30 times the echo's processor time. Less is better, but for requests/s.
      """;

  private static final String[] CPU_HEAD = {
    "callers",
    "server CPU for each request",
    "µs",
    "÷ echo's µs",
    "÷ raw's µs",
    "÷ (raw's + echo's) µs"
  };

  private static final String[] SPEED_HEAD = {
    "callers",
    "speed",
    "requests/s",
    "÷ echo's requests/s",
    "÷ raw's requests/s",
    "p50 µs",
    "÷ echo's p50",
    "÷ raw's p50",
    "p99 µs",
    "÷ echo's p99",
    "÷ raw's p99"
  };

  private static final ToDoubleFunction<Sample> THROUGHPUT = Sample::perSecond;

  private static final List<ToDoubleFunction<Sample>> SPEEDS =
      List.of(THROUGHPUT, Sample::p50Micros, Sample::p99Micros);

  private final Workload workload;
  private final Map<Integer, Map<Contender, Samples>> loads = new TreeMap<>();

  Table(Workload workload) {
    this.workload = workload;
  }

  void add(int concurrency, Contender contender, Sample sample) {
    loads
        .computeIfAbsent(concurrency, unused -> new EnumMap<>(Contender.class))
        .computeIfAbsent(contender, unused -> new Samples())
        .add(sample);
  }

  String markdown() {
    MarkdownTable cpu = new MarkdownTable(2, CPU_HEAD);
    loads.forEach((concurrency, samples) -> cpu(cpu, concurrency, samples));
    MarkdownTable speed = new MarkdownTable(2, SPEED_HEAD);
    loads.forEach((concurrency, samples) -> speed(speed, concurrency, samples));
    return "### %s\n\n%s\n%s".formatted(workload, cpu.text(), speed.text());
  }

  private static void cpu(MarkdownTable table, int concurrency, Map<Contender, Samples> all) {
    Figure raw = Figure.least(limit(all, Contender.RAW), Sample::cpuMicros);
    Figure echo = Figure.least(limit(all, Contender.ECHO), Sample::cpuMicros);
    for (Map.Entry<Contender, Samples> entry : all.entrySet()) {
      Figure used = Figure.least(entry.getValue(), Sample::cpuMicros);
      List<Figure> cells = List.of(used, used.by(echo), used.by(raw), used.by(raw.and(echo)));
      row(table, concurrency, entry.getKey().toString(), cells);
      if (entry.getKey() == Contender.REST) {
        Figure envoy = Figure.least(entry.getValue(), Sample::envoyMicros);
        cells = List.of(envoy, envoy.by(echo), envoy.by(raw), envoy.by(raw.and(echo)));
        row(table, concurrency, "Envoy before it", cells);
      }
    }
  }

  private static void speed(MarkdownTable table, int concurrency, Map<Contender, Samples> all) {
    for (Map.Entry<Contender, Samples> entry : all.entrySet()) {
      List<Figure> cells = new ArrayList<>();
      for (ToDoubleFunction<Sample> value : SPEEDS) {
        Figure own = figure(entry.getValue(), value);
        cells.add(own);
        cells.add(own.by(figure(limit(all, Contender.ECHO), value)));
        cells.add(own.by(figure(limit(all, Contender.RAW), value)));
      }
      row(table, concurrency, entry.getKey().toString(), cells);
    }
  }

  /** More requests are better, but less time. */
  private static Figure figure(Samples samples, ToDoubleFunction<Sample> value) {
    return value == THROUGHPUT ? Figure.most(samples, value) : Figure.least(samples, value);
  }

  private static Samples limit(Map<Contender, Samples> all, Contender limit) {
    return all.getOrDefault(limit, new Samples());
  }

  private static void row(MarkdownTable table, int concurrency, String what, List<Figure> figures) {
    List<String> cells = new ArrayList<>(List.of(Integer.toString(concurrency), what));
    figures.forEach(figure -> cells.add(figure.toString()));
    table.add(cells);
  }

  /** The median of the rounds and the best of them. */
  record Figure(double median, double best) {
    static Figure least(Samples samples, ToDoubleFunction<Sample> value) {
      return new Figure(samples.median(value), samples.least(value));
    }

    static Figure most(Samples samples, ToDoubleFunction<Sample> value) {
      return new Figure(samples.median(value), samples.most(value));
    }

    Figure by(Figure limit) {
      return new Figure(median / limit.median, best / limit.best);
    }

    Figure and(Figure other) {
      return new Figure(median + other.median, best + other.best);
    }

    @Override
    public String toString() {
      return number(median) + " (" + number(best) + ")";
    }

    /** Three digits are all that the method gives. */
    private static String number(double value) {
      String format =
          value >= 100 ? "%,.0f" : value >= 10 ? "%.1f" : value >= 0.1 ? "%.2f" : "%.4f";
      return String.format(Locale.ROOT, format, value);
    }
  }
}
