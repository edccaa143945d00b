package io.millrace.benchmarks;

import io.millrace.server.canary.ProcessMemory;
import java.io.IOException;
import java.nio.file.Path;

/** Looks at what a server's process takes: by its own metrics, and as Linux tells it. */
final class VitalProbe {
  private VitalProbe() {}

  /** Looks once, after a full collection. */
  static void look(StressServer server, VitalSigns signs) throws IOException, InterruptedException {
    collectGarbage(server.pid());
    Scrape scrape = server.scrape();
    signs.add(Vital.HEAP, scrape.sum("jvm_memory_used_bytes", "jvm_memory_type=\"heap\""));
    signs.add(
        Vital.DIRECT,
        scrape.sum("jvm_buffer_memory_used_bytes", "jvm_buffer_pool_name=\"direct\""));
    signs.add(Vital.RESIDENT, ProcessMemory.residentBytes(server.pid()));
    signs.add(Vital.THREADS, scrape.sum("jvm_thread_count"));
    signs.add(Vital.FILES, scrape.sum("jvm_file_descriptor_count"));
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
}
