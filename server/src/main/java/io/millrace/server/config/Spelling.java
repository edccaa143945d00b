package io.millrace.server.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that a person probably meant. */
final class Spelling {
  private static final int MAX_EDITS = 2;

  private Spelling() {}

  /** How to mend an unknown name: the likely one if there is one, else all of them. */
  static String remedy(String word, Collection<String> names) {
    return nearest(word, names)
        .map(name -> "did you mean " + name + "?")
        .orElseGet(() -> "allowed: " + String.join(", ", names));
  }

  /** The name with the fewest edits, if two edits or fewer and a third of its letters suffice. */
  static Optional<String> nearest(String word, Collection<String> names) {
    String wanted = folded(word);
    return names.stream()
        .filter(name -> edits(wanted, folded(name)) <= Math.min(MAX_EDITS, name.length() / 3))
        .min(Comparator.comparingInt(name -> edits(wanted, folded(name))));
  }

  private static String folded(String word) {
    return word.toLowerCase(Locale.ROOT).replace('-', '_');
  }

  /**
   * Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
   */
  private static int edits(String a, String b) {
    if (Math.abs(a.length() - b.length()) > MAX_EDITS) {
      return MAX_EDITS + 1;
    }
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        cost[i][j] = Math.min(i, j) == 0 ? Math.max(i, j) : step(cost, a, b, i, j);
      }
    }
    return cost[a.length()][b.length()];
  }

  private static int step(int[][] cost, String a, String b, int i, int j) {
    boolean same = a.charAt(i - 1) == b.charAt(j - 1);
    int least = cost[i - 1][j - 1] + (same ? 0 : 1);
    least = Math.min(least, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
    boolean swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(least, cost[i - 2][j - 2] + 1) : least;
  }
}
