package io.millrace.benchmarks;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One call of a ramp and how it ended. Times are nanoseconds after the ramp began. Thread-safe. */
final class RampCall implements PredictCalls.End {
  static final String NO_END = "NO_END";
  static final String WRONG_ANSWER = "WRONG_ANSWER";

  private final int step;
  private final long meant;
  private final long began;
  private final Question question;
  private final CountDownLatch end = new CountDownLatch(1);
  private volatile long ended;
  private volatile String outcome = NO_END;

  /**
   * @param step of the ramp, from 0
   * @param meant when the call is meant to begin
   * @param began when the ramp began, by the clock
   */
  RampCall(int step, long meant, long began, Question question) {
    this.step = step;
    this.meant = meant;
    this.began = began;
    this.question = question;
  }

  @Override
  public void ended(String how, byte[] answer) {
    boolean isWrong = how.equals(PredictCalls.ANSWERED) && !question.isRight().test(answer);
    ended(isWrong ? WRONG_ANSWER : how, System.nanoTime() - began);
  }

  void ended(String how, long nanos) {
    ended = nanos;
    outcome = how;
    end.countDown();
  }

  /** Whether the call ends within so many nanoseconds. */
  boolean awaitEnd(long nanos) throws InterruptedException {
    return end.await(nanos, TimeUnit.NANOSECONDS);
  }

  int step() {
    return step;
  }

  long meant() {
    return meant;
  }

  String outcome() {
    return outcome;
  }

  boolean isAnswered() {
    return outcome.equals(PredictCalls.ANSWERED);
  }

  /** When it ended; only of a call that has. */
  long endedAt() {
    return ended;
  }

  /** From the moment at which it was meant to begin, as its user would have waited. */
  long latency() {
    return ended - meant;
  }
}
