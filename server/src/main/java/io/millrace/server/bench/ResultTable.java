package io.millrace.server.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Results as a table for a terminal. */
final class ResultTable {
  private static final List<String> HEAD =
      List.of(
          "load",
          "requests/s",
          "rows/s",
          "p50 ms",
          "p90 ms",
          "p99 ms",
          "p99.9 ms",
          "max ms",
          "answered",
          "failed");

  /** Later than this the client, not the server, may be what was measured. */
  private static final double LATE_MILLIS = 5;

  private ResultTable() {}

  static String of(List<LoadResult> results) {
    List<List<String>> rows = new ArrayList<>(List.of(HEAD));
    results.forEach(result -> rows.add(row(result)));
    StringBuilder text = new StringBuilder();
    rows.forEach(row -> text.append(line(row, rows)));
    results.forEach(result -> remarks(text, result));
    if (results.stream().anyMatch(result -> result.answered() > 0 && result.failed() > 0)) {
      text.append(
          "Latencies are of calls that were answered before their deadline; the failed are not in them.\n");
    }
    return text.toString();
  }

  private static List<String> row(LoadResult result) {
    List<String> row = new ArrayList<>();
    row.add(result.load().toString());
    row.add(number("%,.1f", result.requestsPerSecond()));
    row.add(number("%,.1f", result.rowsPerSecond()));
    for (double percentile : new double[] {50, 90, 99, 99.9, 100}) {
      boolean none = result.answered() == 0;
      row.add(none ? "-" : number("%,.3f", result.millisAt(percentile)));
    }
    row.add(number("%,d", result.answered()));
    row.add(number("%,d", result.failed()));
    return row;
  }

  private static String line(List<String> row, List<List<String>> all) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < row.size(); column++) {
      int at = column;
      int width = all.stream().mapToInt(other -> other.get(at).length()).max().orElse(0);
      String cell = row.get(column);
      String gap = " ".repeat(width - cell.length());
      line.append(column == 0 ? cell + gap : "  " + gap + cell);
    }
    return line.append('\n').toString();
  }

  private static void remarks(StringBuilder text, LoadResult result) {
    for (Map.Entry<String, Long> failure : result.failures().entrySet()) {
      text.append(number("%s: %,d x %s%n", result.load(), failure.getValue(), failure.getKey()));
    }
    double late = result.lags().getValueAtPercentile(99) / 1e6;
    if (late > LATE_MILLIS) {
      text.append(
          number(
              "%s: 1 %% of the calls were sent more than %.0f ms late, so the client was too slow"
                  + " for this rate; the wait counts as latency%n",
              result.load(), late));
    }
  }

  private static String number(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
