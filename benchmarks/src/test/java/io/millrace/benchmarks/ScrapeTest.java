package io.millrace.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class ScrapeTest {
  private static final Scrape PAGE =
      Scrape.parse(
          """
          # HELP failures_total Calls that ended in failure
          # TYPE failures_total counter
          failures_total{model_name="iris",reason="TENSOR_MISSING"} 2.0
          failures_total{model_name="iris",reason="CALL_CANCELLED"} 3.0
          failures_total{model_name="digits",reason="CALL_CANCELLED"} 1.6E1
          memory_used_bytes 1.048576E6
          pool_bytes{name="CodeHeap 'non-nmethods'",le="+Inf"} 7
          """);

  @Test
  void seriesOfOneName_areAdded_thatHaveTheLabels() {
    assertThat(PAGE.sum("failures_total")).isEqualTo(21);
    assertThat(PAGE.sum("failures_total", "model_name=\"iris\"")).isEqualTo(5);
    assertThat(PAGE.sum("failures_total", "model_name=\"iris\"", "reason=\"CALL_CANCELLED\""))
        .isEqualTo(3);
    assertThat(PAGE.sum("memory_used_bytes")).isEqualTo(1 << 20);
    assertThat(PAGE.sum("pool_bytes")).isEqualTo(7);
  }

  @Test
  void whatIsNotThere_isNothing() {
    assertThat(PAGE.sum("failures")).isZero();
    assertThat(PAGE.sum("failures_total", "model_name=\"mnist\"")).isZero();
    assertThat(PAGE.sumsBy("failures", "reason")).isEmpty();
  }

  @Test
  void sumsByALabel_areOverAllOthers() {
    assertThat(PAGE.sumsBy("failures_total", "reason"))
        .isEqualTo(Map.of("TENSOR_MISSING", 2L, "CALL_CANCELLED", 19L));
    assertThat(PAGE.sumsBy("failures_total", "model_name"))
        .isEqualTo(Map.of("iris", 5L, "digits", 16L));
  }
}
