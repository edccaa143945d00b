package io.millrace.server.grpc;

import static io.millrace.server.grpc.StatusDetails.detail;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.RetryInfo;
import io.grpc.Status.Code;
import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** When a refused caller is told to come back, in each form in which clients look for it. */
final class RetryDelayTest {
  private final AtomicLong random = new AtomicLong(0xABC);
  private final StatusMapper mapper = new StatusMapper(random::getAndIncrement);

  private StatusMapper.Outcome map(Reason reason) {
    return mapper.map(ServingException.refusal(reason, "the words"));
  }

  private long delayMillis(Reason reason) {
    return delayMillis(map(reason));
  }

  private static long delayMillis(StatusMapper.Outcome outcome) {
    var delay = detail(outcome, RetryInfo.class).orElseThrow().getRetryDelay();
    return delay.getSeconds() * 1_000 + delay.getNanos() / 1_000_000;
  }

  @Test
  void retryDelays_areSpreadAroundWhatTheReasonCallsFor() {
    for (long seed : new long[] {Long.MIN_VALUE, -1, 0, 1, 999, Long.MAX_VALUE}) {
      random.set(seed);
      assertThat(delayMillis(Reason.MODEL_QUEUE_FULL)).isBetween(50L, 149L);
      random.set(seed);
      assertThat(delayMillis(Reason.MODEL_LOADING)).isBetween(500L, 1_499L);
      random.set(seed);
      assertThat(delayMillis(Reason.SERVER_DRAINING)).isBetween(250L, 749L);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 10, 29", "20, 10, 29", "700, 350, 1049", "5000, 2500, 7499", "90000, 2500, 7499"})
  void retryDelayOfAQueue_isWhatWasMeasuredWithinBounds(long wait, long least, long most) {
    for (long seed : new long[] {Long.MIN_VALUE, -1, 0, 1, 999, Long.MAX_VALUE}) {
      random.set(seed);
      StatusMapper.Outcome outcome =
          mapper.map(
              ServingException.refusal(Reason.MODEL_QUEUE_FULL, "full", Duration.ofMillis(wait)));

      String pushback = outcome.trailers().get(StatusMapper.PUSHBACK);
      assertThat(Long.parseLong(String.valueOf(pushback))).isBetween(least, most);
      assertThat(delayMillis(outcome)).isEqualTo(Long.parseLong(String.valueOf(pushback)));
    }
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void pushback_isTheRetryDelayWhereThisServerNeedsTime(Reason reason) {
    random.set(7);
    String pushback = map(reason).trailers().get(StatusMapper.PUSHBACK);

    if (Set.of(Reason.MODEL_LOADING, Reason.MODEL_QUEUE_FULL, Reason.SERVER_OVERLOADED)
        .contains(reason)) {
      random.set(7);
      assertThat(pushback).isEqualTo(Long.toString(delayMillis(reason)));
    } else {
      assertThat(pushback).isNull();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 0, 1", "1000, 0, 1", "1000, 500, 1", "1000, 501, 2", "90000, 4999, 8"})
  void retryAfter_isTheRetryDelayInWholeSeconds(long wait, long seed, String seconds) {
    random.set(seed);
    ServingException refusal =
        ServingException.refusal(Reason.MODEL_QUEUE_FULL, "full", Duration.ofMillis(wait));

    assertThat(mapper.map(refusal).trailers().get(StatusMapper.RETRY_AFTER)).isEqualTo(seconds);
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void retryAfter_isThereWhereARetryHelps(Reason reason) {
    boolean helps = StatusMapper.codeOf(reason) == Code.UNAVAILABLE;

    assertThat(map(reason).trailers().containsKey(StatusMapper.RETRY_AFTER)).isEqualTo(helps);
  }
}
