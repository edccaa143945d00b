package io.millrace.benchmarks;

/** What a process must not take more and more of. */
enum Vital {
  HEAP("heap after a collection", 2 << 20),
  DIRECT("direct memory", 2 << 20),
  /** With a heap of fixed size, which is all there from the start, only native memory moves it. */
  RESIDENT("memory of the process", 16 << 20),
  THREADS("threads", 2),
  FILES("open files", 4);

  private final String words;
  private final long allowance;

  Vital(String words, long allowance) {
    this.words = words;
    this.allowance = allowance;
  }

  /** How much more of it than before is no leak, in bytes or pieces. */
  long allowance() {
    return allowance;
  }

  String text(long amount) {
    return allowance > 1 << 10 ? "%.1f MiB".formatted(amount / 1048576.0) : Long.toString(amount);
  }

  /** For people. */
  @Override
  public String toString() {
    return words;
  }
}
