package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a process holds of the memory, as Linux tells it. */
final class ProcessMemory {
  private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");

  private ProcessMemory() {}

  static long residentBytes(long pid) throws IOException {
    return residentBytes(Files.readString(Path.of("/proc/" + pid + "/status")));
  }

  /** Reads {@code /proc/PID/status}. */
  static long residentBytes(String status) throws IOException {
    Matcher line = RESIDENT.matcher(status);
    if (!line.find()) {
      throw new IOException("no line VmRSS in: " + status);
    }
    return Long.parseLong(line.group(1)) << 10;
  }
}
