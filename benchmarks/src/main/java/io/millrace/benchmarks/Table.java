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
  private static final String CPU_HEAD =
      """
      | callers | server CPU for each request | µs | ÷ echo | ÷ raw | ÷ (raw + echo) |
      |---|---|---|---|---|---|
      """;

  private static final String SPEED_HEAD =
      """
      | callers | speed | requests/s | ÷ echo | ÷ raw | p50 µs | ÷ echo | ÷ raw | p99 µs | ÷ echo | ÷ raw |
      |---|---|---|---|---|---|---|---|---|---|---|
      """;

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
    StringBuilder text = new StringBuilder("### " + workload + "\n\n").append(CPU_HEAD);
    loads.forEach((concurrency, samples) -> cpu(text, concurrency, samples));
    text.append('\n').append(SPEED_HEAD);
    loads.forEach((concurrency, samples) -> speed(text, concurrency, samples));
    return text.toString();
  }

  private static void cpu(StringBuilder text, int concurrency, Map<Contender, Samples> all) {
    Figure raw = Figure.least(limit(all, Contender.RAW), Sample::cpuMicros);
    Figure echo = Figure.least(limit(all, Contender.ECHO), Sample::cpuMicros);
    for (Map.Entry<Contender, Samples> entry : all.entrySet()) {
      Figure used = Figure.least(entry.getValue(), Sample::cpuMicros);
      List<Figure> cells = List.of(used, used.by(echo), used.by(raw), used.by(raw.and(echo)));
      row(text, concurrency, entry.getKey().toString(), cells);
      if (entry.getKey() == Contender.REST) {
        Figure envoy = Figure.least(entry.getValue(), Sample::envoyMicros);
        cells = List.of(envoy, envoy.by(echo), envoy.by(raw), envoy.by(raw.and(echo)));
        row(text, concurrency, "Envoy before it", cells);
      }
    }
  }

  private static void speed(StringBuilder text, int concurrency, Map<Contender, Samples> all) {
    for (Map.Entry<Contender, Samples> entry : all.entrySet()) {
      List<Figure> cells = new ArrayList<>();
      for (ToDoubleFunction<Sample> value : SPEEDS) {
        Figure own = figure(entry.getValue(), value);
        cells.add(own);
        cells.add(own.by(figure(limit(all, Contender.ECHO), value)));
        cells.add(own.by(figure(limit(all, Contender.RAW), value)));
      }
      row(text, concurrency, entry.getKey().toString(), cells);
    }
  }

  /** More requests are better, but less time. */
  private static Figure figure(Samples samples, ToDoubleFunction<Sample> value) {
    return value == THROUGHPUT ? Figure.most(samples, value) : Figure.least(samples, value);
  }

  private static Samples limit(Map<Contender, Samples> all, Contender limit) {
    return all.getOrDefault(limit, new Samples());
  }

  private static void row(StringBuilder text, int concurrency, String what, List<Figure> cells) {
    text.append("| ").append(concurrency).append(" | ").append(what);
    cells.forEach(cell -> text.append(" | ").append(cell));
    text.append(" |\n");
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
