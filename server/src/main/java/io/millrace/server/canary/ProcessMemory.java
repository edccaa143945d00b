package io.millrace.server.canary;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a process holds of the memory, as Linux tells it. */
public final class ProcessMemory {
  private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");

  private ProcessMemory() {}

  /**
   * What of its memory is not swapped out, in bytes.
   *
   * @throws IOException if there is no such process, or no Linux
   */
  public static long residentBytes(long pid) throws IOException {
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
