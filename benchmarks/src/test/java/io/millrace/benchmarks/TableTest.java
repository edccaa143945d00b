package io.millrace.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TableTest {
  @Test
  void cells_areTheMedianAndTheBest_andRatiosOfBoth() {
    Table table = new Table(Workload.LINEAR);
    add(table, Contender.RAW, 2, 2, 2);
    add(table, Contender.ECHO, 8, 10, 30);
    add(table, Contender.PREDICT, 16, 25, 20);

    assertThat(table.markdown())
        .isEqualTo(
            """
            ### linear

            | callers | server CPU for each request  |          µs | ÷ echo's µs |  ÷ raw's µs | ÷ (raw's + echo's) µs |
            | ------- | ---------------------------- | ----------: | ----------: | ----------: | --------------------: |
            | 64      | raw ONNX Runtime, in process | 2.00 (2.00) | 0.20 (0.25) | 1.00 (1.00) |           0.17 (0.20) |
            | 64      | bare gRPC echo               | 10.0 (8.00) | 1.00 (1.00) | 5.00 (4.00) |           0.83 (0.80) |
            | 64      | Millrace, Predict            | 20.0 (16.0) | 2.00 (2.00) | 10.0 (8.00) |           1.67 (1.60) |

            | callers | speed                        |  requests/s | ÷ echo's requests/s | ÷ raw's requests/s |      p50 µs | ÷ echo's p50 | ÷ raw's p50 |      p99 µs | ÷ echo's p99 | ÷ raw's p99 |
            | ------- | ---------------------------- | ----------: | ------------------: | -----------------: | ----------: | -----------: | ----------: | ----------: | -----------: | ----------: |
            | 64      | raw ONNX Runtime, in process |   500 (500) |         5.00 (4.00) |        1.00 (1.00) | 4.00 (4.00) |  0.20 (0.25) | 1.00 (1.00) | 8.00 (8.00) |  0.20 (0.25) | 1.00 (1.00) |
            | 64      | bare gRPC echo               |   100 (125) |         1.00 (1.00) |        0.20 (0.25) | 20.0 (16.0) |  1.00 (1.00) | 5.00 (4.00) | 40.0 (32.0) |  1.00 (1.00) | 5.00 (4.00) |
            | 64      | Millrace, Predict            | 50.0 (62.5) |         0.50 (0.50) |        0.10 (0.13) | 40.0 (32.0) |  2.00 (2.00) | 10.0 (8.00) | 80.0 (64.0) |  2.00 (2.00) | 10.0 (8.00) |
            """);
  }

  @Test
  void envoysShare_hasALineOfItsOwn() {
    Table table = new Table(Workload.LINEAR);
    add(table, Contender.RAW, 1);
    add(table, Contender.ECHO, 1);
    table.add(64, Contender.REST, new Sample(4, 3, 1, 1, 1));

    assertThat(table.markdown())
        .containsPattern(
            "64 +\\| Envoy before it +\\| +3.00 \\(3.00\\) +\\| +3.00 \\(3.00\\) +\\| +3.00 \\(3.00\\) +\\| +1.50 \\(1.50\\) \\|");
  }

  /** Rounds that follow from the processor time of each. */
  private static void add(Table table, Contender contender, double... micros) {
    for (double cpu : micros) {
      table.add(64, contender, new Sample(cpu, 0, 1_000 / cpu, 2 * cpu, 4 * cpu));
    }
  }
}
