package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Looks at a server again and again and tells what has become more. Confined to one thread. */
final class VitalSigns {
  private final StressServer server;
  private final int leniency;
  private final Map<Vital, List<Long>> samples = new EnumMap<>(Vital.class);

  /**
   * @param leniency times of what a vital is allowed to become more, 1 or more: a short look sees
   *     much that only begins
   */
  VitalSigns(StressServer server, int leniency) {
    this.server = server;
    this.leniency = leniency;
  }

  /** Looks once, after a full collection. */
  void sample() throws IOException, InterruptedException {
    collectGarbage(server.pid());
    Scrape scrape = server.scrape();
    add(Vital.HEAP, scrape.sum("jvm_memory_used_bytes", "jvm_memory_type=\"heap\""));
    add(
        Vital.DIRECT,
        scrape.sum("jvm_buffer_memory_used_bytes", "jvm_buffer_pool_name=\"direct\""));
    add(Vital.RESIDENT, residentBytes(server.pid()));
    add(Vital.THREADS, scrape.sum("jvm_thread_count"));
    add(Vital.FILES, scrape.sum("jvm_file_descriptor_count"));
  }

  private static void collectGarbage(long pid) throws IOException, InterruptedException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Process process =
        new ProcessBuilder(jcmd, Long.toString(pid), "GC.run")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (process.waitFor() != 0) {
      throw new IOException("jcmd could not have process %d collect its garbage".formatted(pid));
    }
  }

  private static long residentBytes(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    throw new IOException("Linux does not tell the memory of process " + pid);
  }

  void add(Vital vital, long amount) {
    samples.computeIfAbsent(vital, unused -> new ArrayList<>()).add(amount);
  }

  /** Whether it is level in the second half of the time. */
  boolean isLevel(Vital vital) {
    return rise(vital) <= vital.allowance() * leniency;
  }

  /** By how much the median of the last quarter is above that of the one before. */
  private long rise(Vital vital) {
    return median(vital, 3) - median(vital, 2);
  }

  private long median(Vital vital, int quarter) {
    List<Long> all = samples.getOrDefault(vital, List.of());
    long[] sorted =
        all.subList(all.size() * quarter / 4, all.size() * (quarter + 1) / 4).stream()
            .mapToLong(Long::longValue)
            .sorted()
            .toArray();
    if (sorted.length == 0) {
      throw new IllegalStateException(
          "%s: %d samples are too few, 4 are needed".formatted(vital, all.size()));
    }
    return sorted[sorted.length / 2];
  }

  /** What there was in each quarter of the time. */
  String text(Vital vital) {
    String[] quarters = new String[4];
    Arrays.setAll(quarters, quarter -> vital.text(median(vital, quarter)));
    return String.join(", ", quarters);
  }
}
