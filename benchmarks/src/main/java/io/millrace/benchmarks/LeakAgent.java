package io.millrace.benchmarks;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.zip.Deflater;

/**
 * Leaks inside of another process, whose JVM loads it with {@code -javaagent}: shows that the soak
 * would find a leak of the server's. Knows nothing of that process.
 */
public final class LeakAgent {
  private static final long PAUSE_NANOS = 100_000_000;

  /** What zlib takes for each deflater and touches, at least. */
  private static final int DEFLATER_BYTES = 256 << 10;

  /** One for all, since a deflater keeps it. */
  private static final byte[] INPUT = new byte[DEFLATER_BYTES];

  private static final List<Object> LEAKED = new ArrayList<>();

  private LeakAgent() {}

  /**
   * Begins to leak.
   *
   * @param rates how much of what in a second, such as {@code HEAP=1000,THREADS=0.5}
   */
  public static void premain(String rates) {
    Map<Vital, Double> perSecond = new EnumMap<>(Vital.class);
    for (String rate : rates.split(",", -1)) {
      String[] parts = rate.split("=", 2);
      perSecond.put(Vital.valueOf(parts[0]), Double.valueOf(parts[1]));
    }
    start(() -> leak(perSecond));
  }

  /**
   * What has a JVM load it.
   *
   * @param perSecond how much of what is to leak in a second
   */
  static String option(Map<Vital, Double> perSecond) throws IOException {
    String rates =
        perSecond.entrySet().stream()
            .map(rate -> rate.getKey().name() + "=" + rate.getValue())
            .collect(Collectors.joining(","));
    return "-javaagent:" + jar() + "=" + rates;
  }

  private static Path jar() throws IOException {
    try {
      return Path.of(LeakAgent.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException("the folder of the benchmarks has a name that is no URI", e);
    }
  }

  private static Thread start(Runnable task) {
    Thread thread = new Thread(task, "leak");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void leak(Map<Vital, Double> perSecond) {
    Map<Vital, Long> leaked = new EnumMap<>(Vital.class);
    long began = System.nanoTime();
    while (true) {
      LockSupport.parkNanos(PAUSE_NANOS);
      // By the clock: a busy machine may keep this thread waiting.
      double seconds = (System.nanoTime() - began) / 1e9;
      perSecond.forEach(
          (vital, rate) -> {
            long before = leaked.getOrDefault(vital, 0L);
            leaked.put(vital, before + leak(vital, (long) (rate * seconds) - before));
          });
    }
  }

  /** Leaks so much, or less where it comes in pieces; returns how much. */
  private static long leak(Vital vital, long amount) {
    switch (vital) {
      case HEAP -> LEAKED.add(new byte[(int) amount]);
      case DIRECT -> LEAKED.add(ByteBuffer.allocateDirect((int) amount));
      case RESIDENT -> {
        return times(amount / DEFLATER_BYTES, LeakAgent::deflater) * DEFLATER_BYTES;
      }
      case THREADS -> times(amount, () -> start(LeakAgent::parkForEver));
      case FILES -> times(amount, LeakAgent::file);
    }
    return amount;
  }

  private static long times(long times, Supplier<Object> leak) {
    for (long i = 0; i < times; i++) {
      LEAKED.add(leak.get());
    }
    return times;
  }

  /** Nobody ends it, so its memory outside of the heap stays. */
  private static Object deflater() {
    Deflater deflater = new Deflater();
    deflater.setInput(INPUT);
    int unused = deflater.deflate(new byte[DEFLATER_BYTES]);
    return deflater;
  }

  private static void parkForEver() {
    while (true) {
      LockSupport.park();
    }
  }

  private static Object file() {
    try {
      return new FileInputStream("/proc/self/stat");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
