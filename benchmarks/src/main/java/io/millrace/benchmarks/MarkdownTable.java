package io.millrace.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * A table in Markdown whose columns stand under each other on a terminal too. Confined to one
 * thread.
 */
final class MarkdownTable {
  private final int words;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * A table without rows.
   *
   * @param words how many columns, from the left, are words; the others are figures
   */
  MarkdownTable(int words, String... head) {
    this.words = words;
    rows.add(List.of(head));
  }

  void add(List<String> cells) {
    rows.add(List.copyOf(cells));
  }

  String text() {
    StringBuilder text = new StringBuilder();
    List<Integer> widths = widths();
    for (int i = 0; i < rows.size(); i++) {
      line(text, rows.get(i), widths);
      if (i == 0) {
        line(text, rule(widths), widths);
      }
    }
    return text.toString();
  }

  private List<Integer> widths() {
    List<Integer> widths = new ArrayList<>();
    for (int column = 0; column < rows.get(0).size(); column++) {
      int at = column;
      widths.add(rows.stream().mapToInt(row -> row.get(at).length()).max().orElse(0));
    }
    return widths;
  }

  /** The line below the head, which also says to which side a column leans. */
  private List<String> rule(List<Integer> widths) {
    List<String> rule = new ArrayList<>();
    for (int width : widths) {
      boolean isWords = rule.size() < words;
      rule.add(isWords ? "-".repeat(width) : "-".repeat(width - 1) + ":");
    }
    return rule;
  }

  private void line(StringBuilder text, List<String> cells, List<Integer> widths) {
    for (int column = 0; column < cells.size(); column++) {
      String cell = cells.get(column);
      String gap = " ".repeat(widths.get(column) - cell.length());
      text.append("| ").append(column < words ? cell + gap : gap + cell).append(' ');
    }
    text.append("|\n");
  }
}
