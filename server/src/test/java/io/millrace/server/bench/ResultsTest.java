package io.millrace.server.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** What people and programs read. */
final class ResultsTest {
  private static final Target TARGET =
      new Target(Protocol.REST_INFER, "127.0.0.1:8000", "digits", 2, 1, Duration.ofMillis(1_500));

  @Test
  void table_hasALineForEachLoad_andOneForEachKindOfFailure() {
    LoadResult good = result(new ClosedLoop(16), 2_000, Map.of(), times(0));
    LoadResult bad =
        result(
            new ClosedLoop(1),
            0,
            Map.of("UNAVAILABLE SERVER_OVERLOADED", 12L, "CANCELLED", 3L),
            times(0));

    assertThat(ResultTable.of(List.of(good, bad)))
        .isEqualTo(
            """
            load        requests/s   rows/s  p50 ms  p90 ms  p99 ms  p99.9 ms  max ms  answered  failed
            16 callers     1,000.0  4,000.0   1.000   1.000   1.000     1.000   1.000     2,000       0
            1 caller           0.0      0.0       -       -       -         -       -         0      15
            1 caller: 3 x CANCELLED
            1 caller: 12 x UNAVAILABLE SERVER_OVERLOADED
            """);
  }

  @Test
  void table_saysThatTheClientWasTooSlow() {
    LoadResult late =
        result(new OpenLoop(500, Arrivals.POISSON, 9), 1_000, Map.of(), times(100, 20));

    assertThat(ResultTable.of(List.of(late)).lines())
        .last()
        .asString()
        .startsWith("500/s: 1 % of the calls were sent more than 20 ms late");
  }

  @Test
  void table_saysThatFailedCallsHaveNoLatency_whereSomeWereAnswered() {
    LoadResult mixed =
        result(new ClosedLoop(2), 10, Map.of("ANSWERED_AFTER_DEADLINE", 3L), times(0));

    assertThat(ResultTable.of(List.of(mixed)).lines())
        .contains("2 callers: 3 x ANSWERED_AFTER_DEADLINE")
        .last()
        .asString()
        .startsWith("Latencies are of calls that were answered before their deadline");
  }

  @Test
  void json_holdsAllOfIt() {
    BenchPlan plan =
        new BenchPlan(
            List.of(), Duration.ofMillis(500), new Limit(Duration.ofSeconds(2), 2_000), 9);
    LoadResult open =
        result(new OpenLoop(500, Arrivals.POISSON, 9), 1_000, Map.of("HTTP 503", 1L), times(10));

    assertThat(ResultJson.of("0.1.0", TARGET, plan, List.of(open)))
        .isEqualToIgnoringWhitespace(
            """
            {"millrace": "0.1.0", "model": "digits", "version": 2, "protocol": "rest-infer", "server": "127.0.0.1:8000",
             "connections": 1, "deadline_s": 1.5, "warm_up_s": 0.5, "duration_s": 2.0,
             "requests": 2000, "seed": 9,
             "results": [{
               "rate": 500.0, "arrivals": "poisson", "elapsed_s": 2.0, "rows_per_request": 4,
               "requests_per_s": 500.0, "rows_per_s": 2000.0, "answered": 1000, "failed": 1,
               "latency_ms": {"p50": 1.0, "p90": 1.0, "p99": 1.0, "p99.9": 1.0, "max": 1.0, "mean": 1.0},
               "send_lag_ms": {"p50": 0.0, "p90": 0.0, "p99": 0.0, "p99.9": 0.0, "max": 0.0, "mean": 0.0},
               "failures": {"HTTP 503": 1}}]}
            """);
  }

  @Test
  void progress_isOneLine() {
    assertThat(
            Progress.line(
                "measuring, 16 callers",
                Duration.ofMillis(3_100),
                Limit.of(Duration.ofSeconds(10)),
                times(12_000),
                1,
                7))
        .isEqualTo("measuring, 16 callers: 3 of 10 s, 12,000 requests/s, p99 0.000 ms, 7 failed");
  }

  private static LoadResult result(
      Load load, int answered, Map<String, Long> failures, Histogram lags) {
    Histogram latencies = new Histogram(5);
    latencies.recordValueWithCount(1_000_000, answered);
    return new LoadResult(
        load, TimeUnit.SECONDS.toNanos(2), answered, 4, latencies, failures, lags);
  }

  /** So many calls that were sent so late. */
  private static Histogram times(int count, long... millis) {
    Histogram times = new Histogram(5);
    times.recordValueWithCount(millis.length == 0 ? 0 : millis[0] * 1_000_000, count);
    return times;
  }
}
