package io.millrace.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What came of one step of a ramp.
 *
 * @param sent calls that were meant to begin in it
 * @param good right answers within the deadline that came while it lasted
 * @param p50 of the answered calls that were meant to begin in it, in nanoseconds; 0 if none was
 * @param p99 likewise
 * @param failures of the calls that were meant to begin in it, by reason
 */
record RampStep(long sent, long good, long p50, long p99, Map<String, Long> failures) {
  static RampStep of(int step, List<RampCall> calls, Ramp ramp) {
    long from = step * ramp.step().toNanos();
    long to = from + ramp.step().toNanos();
    List<RampCall> own = calls.stream().filter(call -> call.step() == step).toList();
    long good =
        calls.stream()
            .filter(call -> call.isAnswered() && call.latency() <= ramp.deadline().toNanos())
            .filter(call -> call.endedAt() >= from && call.endedAt() < to)
            .count();
    long[] latencies =
        own.stream().filter(RampCall::isAnswered).mapToLong(RampCall::latency).sorted().toArray();
    return new RampStep(own.size(), good, at(50, latencies), at(99, latencies), failures(own));
  }

  private static long at(int percent, long[] sorted) {
    return sorted.length == 0 ? 0 : sorted[(sorted.length - 1) * percent / 100];
  }

  static Map<String, Long> failures(List<RampCall> calls) {
    Map<String, Long> failures = new TreeMap<>();
    calls.stream()
        .filter(call -> !call.isAnswered())
        .forEach(call -> failures.merge(call.outcome(), 1L, Long::sum));
    return failures;
  }

  /**
   * How long after the beginning of the last step a call was still refused or slow, in nanoseconds.
   *
   * @param normal the latency of a call that is not slow
   */
  static long unrest(List<RampCall> calls, Ramp ramp, long normal) {
    int last = ramp.factors().size() - 1;
    long from = last * ramp.step().toNanos();
    return calls.stream()
        .filter(call -> call.step() == last)
        .filter(call -> !call.isAnswered() || call.latency() > normal)
        .mapToLong(call -> call.meant() - from)
        .max()
        .orElse(0);
  }
}
