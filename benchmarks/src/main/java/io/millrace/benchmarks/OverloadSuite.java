package io.millrace.benchmarks;

import ai.onnxruntime.OrtException;
import io.millrace.server.bench.Arrivals;
import io.millrace.server.bench.ClosedLoop;
import io.millrace.server.bench.Inputs;
import io.millrace.server.bench.Limit;
import io.millrace.server.bench.Load;
import io.millrace.server.bench.LoadResult;
import io.millrace.server.bench.LoadTest;
import io.millrace.server.bench.OpenLoop;
import io.millrace.server.bench.Protocol;
import io.millrace.server.bench.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Sends a slow model up to five times of what it can answer, and less again. Every call must end
 * with a right answer or a reason to refuse it, none may run in vain, and nothing may be left.
 */
record OverloadSuite(StressServer.Setting setting, boolean quick) {
  private static final List<Double> FACTORS = List.of(0.5, 1.0, 2.0, 5.0, 2.0, 0.5);
  private static final int TOP = 3;
  private static final double BUSY = 0.9;
  private static final Duration DEADLINE = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int CALLERS = 16;

  /** So that none of them is closed for the calls whose deadlines pass. */
  private static final int CONNECTIONS = 8;

  private static final int MOST_IN_FLIGHT = 10_000;

  /** How a call of an overloaded server may end. */
  private static final Set<String> EXPECTED =
      Set.of(
          "UNAVAILABLE MODEL_QUEUE_FULL",
          "UNAVAILABLE SERVER_OVERLOADED",
          "DEADLINE_EXCEEDED",
          "DEADLINE_EXCEEDED DEADLINE_IN_QUEUE",
          "DEADLINE_EXCEEDED DEADLINE_IN_ENGINE");

  void run(Findings findings) throws IOException, InterruptedException, OrtException {
    findings.heading("Overload: a model of about 10 ms, deadlines of 1 s");
    List<Question> questions = Question.of(setting.models(), Workload.SLOW);
    List<String> arguments = List.of(StressServer.NO_REST);
    try (StressServer server =
        StressServer.start(setting, List.of(Workload.SLOW.model()), arguments, "")) {
      Normal normal = normal(server, questions.get(0), findings);
      Ramp ramp = new Ramp(FACTORS, normal.peak(), seconds(quick ? 3 : 10), DEADLINE);
      List<Long> cpu = new ArrayList<>();
      List<RampCall> calls;
      try (PredictCalls client = new PredictCalls(server.grpc(), CONNECTIONS)) {
        calls =
            ramp.run(
                client, questions, new SplittableRandom(1), () -> cpu.add(cpuNanos(server.pid())));
      }
      report(ramp, calls, new Measured(normal, cpu), findings);
      check(calls, server, findings);
    }
  }

  private static Duration seconds(int seconds) {
    return Duration.ofSeconds(seconds);
  }

  // --- What is normal ---------------------------------------------------------------------------

  /**
   * How the server does without overload.
   *
   * @param peak answers per second with many callers
   * @param p99 at nine tenths of it, in nanoseconds
   */
  private record Normal(double peak, long p99) {}

  /**
   * What was measured beside the calls.
   *
   * @param cpu what the server had used, in nanoseconds, at the beginning of each step and at the
   *     end: of a core that others use too it got less, and so could answer less
   */
  private record Measured(Normal normal, List<Long> cpu) {
    double cpuOf(int step) {
      return cpu.get(step + 1) - cpu.get(step);
    }
  }

  private static long cpuNanos(long pid) {
    try {
      return ProcessCpu.nanos(pid);
    } catch (IOException e) {
      throw new UncheckedIOException("the server is gone", e);
    }
  }

  private Normal normal(StressServer server, Question question, Findings findings)
      throws IOException, InterruptedException {
    Target target =
        new Target(Protocol.PREDICT, server.grpc(), Workload.SLOW.model(), 0, 1, PATIENCE);
    Inputs inputs = new Inputs.Given(List.of(Workload.SLOW.request(1)));
    try (LoadTest test = LoadTest.prepare(target, inputs, 1)) {
      Duration time = seconds(quick ? 3 : 10);
      LoadResult warmUp = load(test, new ClosedLoop(CALLERS), time, question);
      LoadResult peak = load(test, new ClosedLoop(CALLERS), time, question);
      double rate = peak.requestsPerSecond();
      Load busy = new OpenLoop(BUSY * rate, Arrivals.POISSON, MOST_IN_FLIGHT);
      LoadResult almost = load(test, busy, time, question);
      findings.note(
          "peak %.1f/s with %d callers; p99 %.0f ms at %.1fx",
          rate, CALLERS, almost.millisAt(99), BUSY);
      findings.expect(
          "failures without overload", 0, warmUp.failed() + peak.failed() + almost.failed());
      return new Normal(rate, almost.latencies().getValueAtPercentile(99));
    }
  }

  private static LoadResult load(LoadTest test, Load load, Duration time, Question question)
      throws InterruptedException {
    return test.run(load, Limit.of(time), question.isRight());
  }

  // --- What came of it --------------------------------------------------------------------------

  private static void report(
      Ramp ramp, List<RampCall> calls, Measured measured, Findings findings) {
    Normal normal = measured.normal();
    double wholeSteps = normal.peak() * ramp.step().toMillis() / 1e3;
    for (int i = 0; i < FACTORS.size(); i++) {
      RampStep step = RampStep.of(i, calls, ramp);
      findings.note(
          "%.1fx: %,d sent, good answers %3.0f%% of peak, p50 %.0f ms, p99 %.0f ms, server CPU"
              + " %3.0f%%, refused %s",
          FACTORS.get(i),
          step.sent(),
          100 * step.good() / wholeSteps,
          step.p50() / 1e6,
          step.p99() / 1e6,
          100 * measured.cpuOf(i) / ramp.step().toNanos(),
          step.failures());
    }
    RampStep top = RampStep.of(TOP, calls, ramp);
    double goodput = top.good() / wholeSteps;
    findings.goal("good answers at 5x, of peak, 90% or more", goodput >= 0.9, percent(goodput));
    double slower = top.p99() / (double) normal.p99();
    findings.goal(
        "p99 of answered calls at 5x, 2x or less of that at 0.9x",
        slower <= 2,
        "%.1fx".formatted(slower));
    double unrest = RampStep.unrest(calls, ramp, 2 * normal.p99()) / 1e9;
    findings.goal(
        "back to normal after the ramp within 5 s", unrest <= 5, "%.1f s".formatted(unrest));
  }

  private static String percent(double share) {
    return "%.0f%%".formatted(100 * share);
  }

  private static void check(List<RampCall> calls, StressServer server, Findings findings)
      throws IOException, InterruptedException {
    Map<String, Long> failures = RampStep.failures(calls);
    findings.expect("calls without an end", 0, failures.getOrDefault(RampCall.NO_END, 0L));
    findings.expect("wrong answers", 0, failures.getOrDefault(RampCall.WRONG_ANSWER, 0L));
    Map<String, Long> unexpected = new TreeMap<>(failures);
    unexpected.keySet().removeAll(EXPECTED);
    unexpected.keySet().removeAll(Set.of(RampCall.NO_END, RampCall.WRONG_ANSWER));
    findings.expect("failures for other reasons", unexpected.isEmpty(), unexpected.toString());
    Held.expectNothing(server, findings);
    Scrape scrape = server.scrape();
    findings.expect(
        "calls that ran after their deadline",
        0,
        scrape.sum("millrace_inference_expired_runs_total"));
    findings.note(
        "refused, as the server counts: %s",
        scrape.sumsBy("millrace_inference_failures_total", "reason"));
  }
}
