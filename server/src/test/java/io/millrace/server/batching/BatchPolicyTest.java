package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BatchPolicyTest {
  @ParameterizedTest(name = "{0} rows, {1} free: takes {2}")
  @CsvSource({"1,1,1", "7,1,7", "8,1,8", "9,1,8", "7,2,4", "1,4,1", "5,4,2", "100,2,8"})
  void freeInstances_shareWhatWaits(long rows, int free, long taken) {
    assertThat(new BatchPolicy(8, 0).rowsToTake(rows, free, 0)).isEqualTo(taken);
  }

  @ParameterizedTest(name = "{0} rows after {1} ns: takes {2}")
  @CsvSource({"1,0,0", "7,99,0", "7,100,7", "8,0,8", "9,0,8"})
  void delay_waitsForAFullBatch(long rows, long waited, long taken) {
    assertThat(new BatchPolicy(8, 100).rowsToTake(rows, 1, waited)).isEqualTo(taken);
  }

  @Test
  void alone_takesOneAtATime() {
    assertThat(BatchPolicy.ALONE.rowsToTake(5, 1, 0)).isEqualTo(1);
    assertThat(BatchPolicy.ALONE.batches()).isFalse();
  }

  @Test
  void numbersThatMeanNothing_areRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new BatchPolicy(0, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new BatchPolicy(1, -1));
  }
}
