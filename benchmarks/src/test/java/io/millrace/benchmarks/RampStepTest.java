package io.millrace.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RampStepTest {
  private static final Ramp RAMP =
      new Ramp(List.of(1.0, 2.0), 10, Duration.ofSeconds(2), Duration.ofSeconds(1));

  private final List<RampCall> calls = new ArrayList<>();

  private void call(long meantMillis, String outcome, long endedMillis) {
    Question question = new Question(new byte[0], answer -> true);
    RampCall call = new RampCall((int) (meantMillis / 2_000), nanos(meantMillis), 0, question);
    call.ended(outcome, nanos(endedMillis));
    calls.add(call);
  }

  private static long nanos(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private RampStep step(int number) {
    return RampStep.of(number, calls, RAMP);
  }

  @Test
  void answersInTime_countForTheStepInWhichTheyCome() {
    call(100, PredictCalls.ANSWERED, 200);
    call(1_900, PredictCalls.ANSWERED, 2_100);
    call(200, PredictCalls.ANSWERED, 1_201);
    call(2_000, "UNAVAILABLE MODEL_QUEUE_FULL", 2_001);

    assertThat(step(0).sent()).isEqualTo(3);
    assertThat(step(0).good()).isEqualTo(1);
    assertThat(step(1).sent()).isEqualTo(1);
    assertThat(step(1).good()).isEqualTo(1);
  }

  @Test
  void latencies_areOfAnsweredCallsThatBeganInTheStep() {
    call(100, PredictCalls.ANSWERED, 110);
    call(200, PredictCalls.ANSWERED, 220);
    call(300, PredictCalls.ANSWERED, 900);
    call(300, "DEADLINE_EXCEEDED", 1_300);

    assertThat(step(0).p50()).isEqualTo(nanos(20));
    assertThat(step(1).p99()).isZero();
  }

  @Test
  void failures_areCountedByReason_andACallWithoutEndIsOne() {
    call(100, "DEADLINE_EXCEEDED", 1_100);
    call(200, "DEADLINE_EXCEEDED", 1_200);
    calls.add(new RampCall(0, 300, 0, new Question(new byte[0], answer -> true)));

    assertThat(step(0).failures()).isEqualTo(Map.of("DEADLINE_EXCEEDED", 2L, RampCall.NO_END, 1L));
  }

  @Test
  void unrest_lastsToTheLastCallThatIsSlowOrRefused() {
    call(2_100, PredictCalls.ANSWERED, 2_400);
    call(2_300, "UNAVAILABLE MODEL_QUEUE_FULL", 2_301);
    call(2_500, PredictCalls.ANSWERED, 2_510);

    assertThat(RampStep.unrest(calls, RAMP, nanos(50))).isEqualTo(nanos(300));
    assertThat(RampStep.unrest(List.of(), RAMP, nanos(50))).isZero();
  }

  @Test
  void aWrongAnswer_isNoAnswer() {
    RampCall call = new RampCall(0, 0, 0, new Question(new byte[0], answer -> answer.length == 1));
    call.ended(PredictCalls.ANSWERED, new byte[2]);

    assertThat(call.isAnswered()).isFalse();
    assertThat(call.outcome()).isEqualTo(RampCall.WRONG_ANSWER);
  }
}
