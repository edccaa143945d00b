package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process has used of the processors, as Linux tells it: user and system time. */
final class ProcessCpu {
  /** Linux tells times in these on all its platforms, see {@code man 5 proc}. */
  private static final long NANOS_PER_TICK = 10_000_000;

  private static final int USER_TIME = 11;
  private static final int SYSTEM_TIME = 12;

  private ProcessCpu() {}

  static long nanos(long pid) throws IOException {
    return nanos(Files.readString(Path.of("/proc/" + pid + "/stat")));
  }

  /**
   * Reads a line of {@code /proc/PID/stat}. The name in brackets may hold blanks and brackets, so
   * fields are counted from the last bracket.
   */
  static long nanos(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]))
        * NANOS_PER_TICK;
  }
}
