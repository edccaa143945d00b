package io.millrace.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * An open loop whose rate goes up and down: calls begin when they are meant to, whatever becomes of
 * those before them. Confined to the thread that sends.
 *
 * @param factors of the rate, one for each step
 * @param rate calls per second at a factor of 1
 * @param step how long each step lasts
 * @param deadline of each call
 */
record Ramp(List<Double> factors, double rate, Duration step, Duration deadline) {
  /** Time for a deadline that has passed to come back as a failure. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  Ramp {
    factors = List.copyOf(factors);
  }

  /**
   * Sends all calls, waits for their ends, and gives them in the order in which they were sent.
   *
   * @param nextStep told when a step begins, and once more when the last has ended
   */
  List<RampCall> run(
      PredictCalls calls, List<Question> questions, RandomGenerator random, Runnable nextStep)
      throws InterruptedException {
    List<RampCall> sent = new ArrayList<>();
    int current = -1;
    long began = System.nanoTime();
    for (double due = next(0, random); stepAt(due) < factors.size(); due = next(due, random)) {
      sleepUntil(began + (long) due);
      for (; current < stepAt(due); current++) {
        nextStep.run();
      }
      Question question = questions.get(sent.size() % questions.size());
      RampCall call = new RampCall(stepAt(due), (long) due, began, question);
      sent.add(call);
      calls.open(deadline, call).send(question.request());
    }
    nextStep.run();
    awaitEnds(sent);
    return sent;
  }

  /** The time after a time at which the next call is due; gaps are random, as of many users. */
  private double next(double nanos, RandomGenerator random) {
    double gap = TimeUnit.SECONDS.toNanos(1) / (rate * factors.get(stepAt(nanos)));
    return nanos + gap * random.nextExponential();
  }

  private int stepAt(double nanos) {
    return (int) (nanos / step.toNanos());
  }

  private static void sleepUntil(long moment) throws InterruptedException {
    for (long left = moment - System.nanoTime(); left > 0; left = moment - System.nanoTime()) {
      TimeUnit.NANOSECONDS.sleep(left);
    }
  }

  private void awaitEnds(List<RampCall> calls) throws InterruptedException {
    long until = System.nanoTime() + deadline.plus(GRACE).toNanos();
    for (RampCall call : calls) {
      if (!call.awaitEnd(until - System.nanoTime())) {
        return;
      }
    }
  }
}
