package io.millrace.benchmarks;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One call that is cancelled at its moment. Thread-safe. */
final class CancelledCall implements PredictCalls.End {
  static final String WRONG_ANSWER = "WRONG_ANSWER";

  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final Question question;
  private final CancelMoment moment;
  private final Consumer<String> whenEnded;
  private volatile PredictCalls.@Nullable Call call;

  /**
   * @param whenEnded told once how the call ended: by its cancel, or earlier
   */
  CancelledCall(Question question, CancelMoment moment, Consumer<String> whenEnded) {
    this.question = question;
    this.moment = moment;
    this.whenEnded = whenEnded;
  }

  /**
   * Makes the call and sees to its cancel.
   *
   * @param delayMicros of the cancel, if it comes later
   */
  void begin(PredictCalls calls, ScheduledExecutorService clock, long delayMicros) {
    PredictCalls.Call opened = calls.open(DEADLINE, this);
    call = opened;
    if (moment == CancelMoment.BEFORE_SENDING) {
      opened.cancel();
      return;
    }
    opened.send(question.request());
    if (moment == CancelMoment.AT_ONCE) {
      opened.cancel();
    } else if (moment == CancelMoment.LATER) {
      var unused = clock.schedule(opened::cancel, delayMicros, TimeUnit.MICROSECONDS);
    }
  }

  @Override
  public void answering() {
    PredictCalls.Call opened = call;
    if (moment == CancelMoment.WHILE_ANSWERED && opened != null) {
      opened.cancel();
    }
  }

  @Override
  public void ended(String outcome, byte[] answer) {
    boolean isWrong = outcome.equals(PredictCalls.ANSWERED) && !question.isRight().test(answer);
    whenEnded.accept(isWrong ? WRONG_ANSWER : outcome);
  }
}
