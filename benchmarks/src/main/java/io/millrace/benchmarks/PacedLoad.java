package io.millrace.benchmarks;

import java.io.IOException;
import java.time.Duration;

/**
 * Finds the pace at which callers keep a server as busy as wanted. How many calls it gets done at
 * its best says little of that: calls that wait run together, and are cheaper then.
 *
 * @param callers who have the server for themselves meanwhile
 * @param look how long one pace is watched
 */
record PacedLoad(StressServer server, PacedCallers callers, Duration look) {
  /** More than any server answers. */
  private static final double FAR_TOO_MANY = 100_000;

  private static final int TRIES = 3;

  /**
   * What came of a pace.
   *
   * @param calls answered in a second
   * @param cores that the server and its Envoy were busy on
   */
  record Use(double calls, double cores) {}

  /** As fast as the callers get, which is told by asking them for more. */
  Use peak() throws IOException, InterruptedException {
    // What is not compiled yet is slow, and compiling it takes a share of the core.
    for (int i = 0; i < 2; i++) {
      var unused = use(FAR_TOO_MANY);
    }
    return use(FAR_TOO_MANY);
  }

  /**
   * How many calls a second take that share of the processor time that the peak takes; never more
   * than that share of its calls.
   */
  double rate(Use peak, double share) throws IOException, InterruptedException {
    double most = share * peak.calls();
    double rate = most;
    for (int i = 0; i < TRIES; i++) {
      rate = Math.min(most, rate * share * peak.cores() / use(rate).cores());
    }
    return rate;
  }

  private Use use(double perSecond) throws IOException, InterruptedException {
    long cpu = cpuNanos();
    long began = System.nanoTime();
    PacedCaller.Tally tally = callers.start(perSecond);
    Thread.sleep(look.toMillis());
    callers.stop();
    double nanos = System.nanoTime() - began;
    return new Use(tally.right() * 1e9 / nanos, (cpuNanos() - cpu) / nanos);
  }

  private long cpuNanos() throws IOException {
    return ProcessCpu.nanos(server.pid()) + ProcessCpu.nanosOfDescendants(server.pid());
  }
}
