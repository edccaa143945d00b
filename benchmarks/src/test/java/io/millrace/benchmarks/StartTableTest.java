package io.millrace.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class StartTableTest {
  @Test
  void cells_areTheMedianAndTheBest_andRatiosToTheFirstLine() {
    StartTable table = new StartTable();
    table.add("echo", new StartSample(400, 800, 80));
    table.add("echo", new StartSample(600, 1_000, 100));
    table.add("Millrace", new StartSample(1_000, 1_800, 90));

    assertThat(table.markdown())
        .isEqualTo(
            """
            | start    | first answer ms | ÷ echo's ms | CPU ms until then | ÷ echo's CPU ms | MB resident | ÷ echo's MB |
            | -------- | --------------: | ----------: | ----------------: | --------------: | ----------: | ----------: |
            | echo     |       500 (400) | 1.00 (1.00) |         900 (800) |     1.00 (1.00) |     90 (80) | 1.00 (1.00) |
            | Millrace |   1,000 (1,000) | 2.00 (2.50) |     1,800 (1,800) |     2.00 (2.25) |     90 (90) | 1.00 (1.13) |
            """);
  }
}
