package io.millrace.benchmarks;

import java.util.random.RandomGenerator;

/** When in a call's life its caller cancels it. */
enum CancelMoment {
  /** The call is open, its request is not sent. */
  BEFORE_SENDING,
  /** The request is on its way. */
  AT_ONCE,
  /** Some time later: while the call waits, while it runs, or too late. */
  LATER,
  /** The answer is coming in. */
  WHILE_ANSWERED;

  private static final CancelMoment[] ALL = values();

  /** Each is as likely, but LATER, which takes half. */
  static CancelMoment any(RandomGenerator random) {
    return random.nextBoolean() ? LATER : ALL[random.nextInt(ALL.length)];
  }
}
