package io.millrace.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ProcessCpuTest {
  @Test
  void userAndSystemTime_areAdded_whateverTheProcessIsCalled() {
    String stat =
        "4242 (a) b (c) S 1 4242 4242 0 -1 4194304 11 22 33 44 150 25 7 8 20 0 30 0 100 200 300\n";

    assertThat(ProcessCpu.nanos(stat)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(1_750));
  }

  @Test
  void childrensTime_isAddedWhereItIsAskedFor() {
    String stat =
        "4242 (sh) S 1 4242 4242 0 -1 4194304 11 22 33 44 150 25 7 8 20 0 30 0 100 200 300\n";

    assertThat(ProcessCpu.nanosWithChildren(stat)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(1_900));
  }

  @Test
  void thisProcess_hasUsedSome() throws Exception {
    assertThat(ProcessCpu.nanos(ProcessHandle.current().pid())).isPositive();
  }
}
