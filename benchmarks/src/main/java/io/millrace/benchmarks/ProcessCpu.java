package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What a process has used of the processors, as Linux tells it: user and system time. */
final class ProcessCpu {
  /** Linux tells times in these on all its platforms, see {@code man 5 proc}. */
  private static final long NANOS_PER_TICK = 10_000_000;

  private static final int USER_TIME = 11;
  private static final int SYSTEM_TIME = 12;
  private static final int CHILDRENS_USER_TIME = 13;
  private static final int CHILDRENS_SYSTEM_TIME = 14;

  private ProcessCpu() {}

  static long nanos(long pid) throws IOException {
    return nanos(Files.readString(Path.of("/proc/" + pid + "/stat")));
  }

  /**
   * Reads a line of {@code /proc/PID/stat}. The name in brackets may hold blanks and brackets, so
   * fields are counted from the last bracket.
   */
  static long nanos(String stat) {
    return sum(stat, USER_TIME, SYSTEM_TIME);
  }

  /** What the processes that it has started, and those that they have, have used by themselves. */
  static long nanosOfDescendants(long pid) throws IOException {
    long nanos = 0;
    for (ProcessHandle child : ProcessHandle.of(pid).orElseThrow().descendants().toList()) {
      nanos += nanos(child.pid());
    }
    return nanos;
  }

  /** And of what its children have used that have ended: a launcher's tools, for instance. */
  static long nanosWithChildren(long pid) throws IOException {
    return nanosWithChildren(Files.readString(Path.of("/proc/" + pid + "/stat")));
  }

  static long nanosWithChildren(String stat) {
    return sum(stat, USER_TIME, SYSTEM_TIME, CHILDRENS_USER_TIME, CHILDRENS_SYSTEM_TIME);
  }

  private static long sum(String stat, int... indices) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Arrays.stream(indices).mapToLong(i -> Long.parseLong(fields[i])).sum() * NANOS_PER_TICK;
  }
}
