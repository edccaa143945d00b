package io.millrace.benchmarks;

import io.millrace.server.canary.ProcessMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Replaces a model of 50 MB again and again while callers use it: no call may fail or be answered
 * by a version that is not live, and the memory of those that are gone must come back.
 *
 * @param swaps how often
 * @param calm how long the same callers are watched before, and the server warms up before that
 */
record SwapSuite(StressServer.Setting setting, int swaps, Duration calm) {
  /** Of the processor time that the server takes at its peak, with its Envoy. */
  private static final double LOAD = 0.6;

  private static final int NEIGHBOURS_RATE = 100;
  private static final double OWN_SLOWDOWN = 2;
  private static final double NEIGHBOURS_SLOWDOWN = 1.5;
  private static final int SECONDS_TO_SERVE = 60;
  private static final int GROWTH_BYTES = 32 << 20;
  private static final Duration TIME_TO_FREE = Duration.ofSeconds(5);

  /** A leak grows by this many allowances from one quarter to the next, at a swap a second. */
  private static final int LEAKED_ALLOWANCES = 2;

  private static final int SWAPS_PER_SIGN = 20;

  /** A short look sees every second swap. */
  private static final int FEW_SWAPS = 100;

  private static final int FEW_SWAPS_PER_SIGN = 2;

  /**
   * What a version leaves goes back to the system a second after its end: only a pause tells it
   * from what the next version takes.
   */
  private static final Duration PAUSE = Duration.ofSeconds(2);

  /** A heap that is all there from the start, so that only native memory moves what is resident. */
  private static final String FIXED_HEAP = "-Xms256m -Xmx256m -XX:+AlwaysPreTouch";

  void run(Findings findings) throws IOException, InterruptedException {
    findings.heading("Swaps: %d versions of 50 MB, 20 callers".formatted(swaps));
    VitalSigns signs = run(findings, FIXED_HEAP);
    findings.expect(
        "memory of the process level, by quarters",
        signs.isLevel(Vital.RESIDENT),
        signs.text(Vital.RESIDENT));
    findings.goal(
        "it grew by 32 MiB or less",
        signs.growth(Vital.RESIDENT) <= GROWTH_BYTES,
        Vital.RESIDENT.text(signs.growth(Vital.RESIDENT)));
  }

  /** The same with a leak of native memory, which must be found. */
  void runWithLeak(Findings findings) throws IOException, InterruptedException {
    findings.heading("Swaps: %d versions of 50 MB, with a planted leak".formatted(swaps));
    double perSecond = LEAKED_ALLOWANCES * Vital.RESIDENT.allowance() * 4.0 / swaps;
    String leak = LeakAgent.option(Map.of(Vital.RESIDENT, perSecond));
    VitalSigns signs = run(findings, FIXED_HEAP + " " + leak);
    findings.expect(
        "planted leak found", !signs.isLevel(Vital.RESIDENT), signs.text(Vital.RESIDENT));
  }

  private VitalSigns run(Findings findings, String jvmOptions)
      throws IOException, InterruptedException {
    StampedModel model = StampedModel.read(setting.models());
    List<String> arguments = List.of("--scan-interval", "200ms");
    List<String> others = List.of(Workload.LINEAR.model());
    try (StressServer server = StressServer.start(setting, others, arguments, jvmOptions)) {
      LiveVersions live = new LiveVersions();
      Replacing replacing = new Replacing(server, model, live);
      replacing.next();
      try (PacedCallers callers = PacedCallers.of(server, live);
          PacedCallers neighbours = PacedCallers.ofNeighbour(server)) {
        PacedLoad load = new PacedLoad(server, callers, calm.dividedBy(2));
        PacedLoad.Use peak = load.peak();
        double rate = load.rate(peak, LOAD);
        findings.note(
            "%.0f calls a second, %.1f of the processor time of the most, which is %.0f",
            rate, LOAD, peak.calls());
        PacedCaller.Tally before = callers.start(rate);
        PacedCaller.Tally besideBefore = neighbours.start(NEIGHBOURS_RATE);
        Thread.sleep(calm.toMillis());
        callers.stop();
        neighbours.stop();
        PacedCaller.Tally during = callers.start(rate);
        PacedCaller.Tally besideDuring = neighbours.start(NEIGHBOURS_RATE);
        VitalSigns signs = replace(replacing);
        callers.stop();
        neighbours.stop();
        report("the model's own", OWN_SLOWDOWN, before, during, findings);
        report("its neighbour's", NEIGHBOURS_SLOWDOWN, besideBefore, besideDuring, findings);
        report(replacing, findings);
        return signs;
      }
    }
  }

  private VitalSigns replace(Replacing replacing) throws IOException, InterruptedException {
    // A short look sees the first copies come, each of which leaves memory in use again later.
    VitalSigns signs = new VitalSigns(swaps < FEW_SWAPS ? 4 : 1);
    int swapsPerSign = swaps < FEW_SWAPS ? FEW_SWAPS_PER_SIGN : SWAPS_PER_SIGN;
    for (int i = 1; i <= swaps; i++) {
      replacing.next();
      if (i % swapsPerSign == 0) {
        Thread.sleep(PAUSE.toMillis());
        signs.add(Vital.RESIDENT, ProcessMemory.residentBytes(replacing.server.pid()));
      }
    }
    return signs;
  }

  private static void report(
      String whose,
      double slowdown,
      PacedCaller.Tally before,
      PacedCaller.Tally during,
      Findings findings) {
    Map<String, Long> failures = during.failures();
    failures.putAll(before.failures());
    findings.expect(
        "answers of callers, %s, each right for a version that was live".formatted(whose),
        failures.isEmpty() && before.right() > 0 && during.right() > 0,
        "%,d, but for %s".formatted(before.right() + during.right(), failures));
    findings.goal(
        "their p99 while versions are replaced, %.1fx or less of that before".formatted(slowdown),
        during.p99Millis() <= slowdown * before.p99Millis(),
        "%.1f ms, %.1f ms before; longest %.0f ms"
            .formatted(during.p99Millis(), before.p99Millis(), during.maxMillis()));
  }

  private void report(Replacing replacing, Findings findings) {
    findings.expect("versions that came up", swaps + 1, replacing.number);
    findings.goal(
        "longest time until an old version was freed, 5 s or less",
        replacing.longestNanos <= TIME_TO_FREE.toNanos(),
        "%.1f s".formatted(replacing.longestNanos / 1e9));
  }

  /** Drops versions and watches them come and go. Confined to one thread. */
  private static final class Replacing {
    private final StressServer server;
    private final StampedModel model;
    private final LiveVersions live;
    private long number;
    private long longestNanos;

    Replacing(StressServer server, StampedModel model, LiveVersions live) {
      this.server = server;
      this.model = model;
      this.live = live;
    }

    /** Drops the next version, waits until it alone serves, and deletes the one before it. */
    void next() throws IOException, InterruptedException {
      number++;
      live.dropped(number);
      model.drop(server.repository(), number);
      await("serves", scrape -> isInState(scrape, number, "ready"));
      live.serves(number);
      long began = System.nanoTime();
      await("is freed", scrape -> !isInState(scrape, number - 1, ""));
      longestNanos = Math.max(longestNanos, System.nanoTime() - began);
      if (number > 1) {
        Path old = server.repository().resolve(StampedModel.NAME).resolve("" + (number - 1));
        StressServer.delete(old);
      }
    }

    private void await(String what, Predicate<Scrape> condition)
        throws IOException, InterruptedException {
      Scrape scrape = server.scrapeWhen(condition, SECONDS_TO_SERVE);
      if (!condition.test(scrape)) {
        throw new IOException(
            "swap %d: no version %s within %d s".formatted(number, what, SECONDS_TO_SERVE));
      }
    }

    /**
     * @param state empty for any
     */
    private static boolean isInState(Scrape scrape, long version, String state) {
      return scrape.sum(
              "millrace_model_state",
              "model_name=\"%s\"".formatted(StampedModel.NAME),
              "model_version=\"%d\"".formatted(version),
              "state=\"" + state)
          == 1;
    }
  }
}
