package io.millrace.server.inference;

/**
 * Keeps the highest of the classes that it is shown: a heap with the lowest of them on top. Of
 * equal ranks the lower index is the higher. It takes 12 bytes a class, once for all rows. Confined
 * to one thread.
 */
final class HighestClasses {
  private final long[] ranks;
  private final int[] indexes;
  private int size;

  /**
   * @param most how many it keeps
   */
  HighestClasses(int most) {
    ranks = new long[most];
    indexes = new int[most];
  }

  /** Shows it a class; its index is higher than those of the classes before it. */
  void add(long rank, int index) {
    if (size < ranks.length) {
      rise(size++, rank, index);
    } else if (size > 0 && rank > ranks[0]) {
      sink(size, rank, index);
    }
  }

  /**
   * The indexes of what was kept, the highest first, in an array that the next classes overwrite.
   * Nothing is kept from here on.
   */
  int[] take() {
    for (int last = size - 1; last > 0; last--) {
      long rank = ranks[last];
      int index = indexes[last];
      set(last, ranks[0], indexes[0]);
      sink(last, rank, index);
    }
    size = 0;
    return indexes;
  }

  /** Puts a class at the end of the heap and moves it up to its place. */
  private void rise(int end, long rank, int index) {
    int at = end;
    while (at > 0 && isLower(rank, index, (at - 1) / 2)) {
      int above = (at - 1) / 2;
      set(at, ranks[above], indexes[above]);
      at = above;
    }
    set(at, rank, index);
  }

  /** Puts a class in place of the lowest of so many and moves it down to its place. */
  private void sink(int count, long rank, int index) {
    int at = 0;
    int below = lowestBelow(at, count);
    while (below > 0 && !isLower(rank, index, below)) {
      set(at, ranks[below], indexes[below]);
      at = below;
      below = lowestBelow(at, count);
    }
    set(at, rank, index);
  }

  /** The lower of the two that are below a place; 0 if nothing is. */
  private int lowestBelow(int at, int count) {
    int left = 2 * at + 1;
    int right = left + 1;
    if (left >= count) {
      return 0;
    }
    return right < count && isLower(ranks[right], indexes[right], left) ? right : left;
  }

  private boolean isLower(long rank, int index, int other) {
    return rank < ranks[other] || (rank == ranks[other] && index > indexes[other]);
  }

  private void set(int at, long rank, int index) {
    ranks[at] = rank;
    indexes[at] = index;
  }
}
