package io.millrace.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Asks, and counts right answers. */
final class RightAnswers {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private RightAnswers() {}

  /** Blocks until each question has its answer, or none. */
  static long count(PredictCalls calls, List<Question> questions) throws InterruptedException {
    AtomicLong right = new AtomicLong();
    CountDownLatch ends = new CountDownLatch(questions.size());
    for (Question question : questions) {
      PredictCalls.End end =
          (outcome, answer) -> {
            if (outcome.equals(PredictCalls.ANSWERED) && question.isRight().test(answer)) {
              right.incrementAndGet();
            }
            ends.countDown();
          };
      calls.open(DEADLINE, end).send(question.request());
    }
    boolean unused = ends.await(2 * DEADLINE.toSeconds(), TimeUnit.SECONDS);
    return right.get();
  }
}
