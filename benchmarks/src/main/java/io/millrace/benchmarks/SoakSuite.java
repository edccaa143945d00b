package io.millrace.benchmarks;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Uses a server in every way for minutes: it must not take more and more of anything. Then once
 * more with leaks planted into its process, which the same look must find.
 *
 * @param leniency see {@link VitalSigns}
 */
record SoakSuite(StressServer.Setting setting, Duration time, Duration leakyTime, int leniency) {
  private static final List<String> MODELS = List.of("linear", "mlp", "slow", "identity");

  /** Looks in a run. */
  private static final int LOOKS = 40;

  /** A heap that is all there from the start, so that only native memory moves what is resident. */
  private static final String FIXED_HEAP = "-Xms256m -Xmx256m -XX:+AlwaysPreTouch";

  /**
   * A leak grows by this many allowances from one quarter to the next: what the server closes for
   * good meanwhile, some sixteen files, must not hide it.
   */
  private static final int LEAKED_ALLOWANCES = 3;

  /** First class loading and compiling, which are no leaks. */
  private static final Duration WARM_UP = Duration.ofSeconds(6);

  void run(Findings findings) throws IOException, InterruptedException, OrtException {
    findings.heading("Soak: %d s of mixed traffic".formatted(time.toSeconds()));
    try (StressServer server = StressServer.start(setting, MODELS, List.of(), FIXED_HEAP)) {
      VitalSigns signs = look(server, time, findings);
      for (Vital vital : Vital.values()) {
        findings.expect(vital + ", by quarters", signs.isLevel(vital), signs.text(vital));
      }
      Held.expectNothing(server, findings);
    }
  }

  /** The same with leaks. */
  void runWithLeaks(Findings findings) throws IOException, InterruptedException, OrtException {
    findings.heading("Soak: %d s with planted leaks".formatted(leakyTime.toSeconds()));
    String options = FIXED_HEAP + " " + LeakAgent.option(leaks());
    try (StressServer server = StressServer.start(setting, MODELS, List.of(), options)) {
      VitalSigns signs = look(server, leakyTime, findings);
      for (Vital vital : Vital.values()) {
        findings.expect("planted leak found, " + vital, !signs.isLevel(vital), signs.text(vital));
      }
    }
  }

  private Map<Vital, Double> leaks() {
    double quarter = leakyTime.toMillis() / 4e3;
    Map<Vital, Double> perSecond = new EnumMap<>(Vital.class);
    for (Vital vital : Vital.values()) {
      perSecond.put(vital, vital.allowance() * leniency * LEAKED_ALLOWANCES / quarter);
    }
    return perSecond;
  }

  private VitalSigns look(StressServer server, Duration howLong, Findings findings)
      throws IOException, InterruptedException, OrtException {
    VitalSigns signs = new VitalSigns(leniency);
    try (SoakTraffic traffic = SoakTraffic.start(server, setting.models(), howLong.plus(WARM_UP))) {
      Thread.sleep(WARM_UP.toMillis());
      long began = System.nanoTime();
      for (int i = 0; i < LOOKS; i++) {
        long due = began + howLong.toNanos() * i / LOOKS;
        Thread.sleep(Math.max(0, (due - System.nanoTime()) / 1_000_000));
        VitalProbe.look(server, signs);
      }
      traffic.report(findings);
    }
    return signs;
  }
}
