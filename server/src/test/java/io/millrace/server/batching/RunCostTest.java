package io.millrace.server.batching;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RunCostTest {
  private final RunCost cost = new RunCost();

  @Test
  void nothingMeasured_costsNothing() {
    assertThat(cost.nanosFor(1_000)).isZero();
  }

  @Test
  void rowsOfABatch_shareItsTime() {
    cost.measured(8, 800);
    assertThat(cost.nanosFor(3)).isEqualTo(300);
  }

  @Test
  void smallRunsBesideLargeOnes_sayLittleOfARowsCost() {
    for (int i = 0; i < 20; i++) {
      cost.measured(50_000, 5_000_000);
      cost.measured(1, 30_000);
      cost.measured(1, 30_000);
    }
    assertThat(cost.nanosFor(50_000)).isBetween(5_000_000L, 5_200_000L);
  }

  @Test
  void newTimes_replaceOldOnesStepByStep() {
    cost.measured(1, 1_000);
    cost.measured(1, 2_000);
    assertThat(cost.nanosFor(1)).isBetween(1_001L, 1_999L);
    for (int i = 0; i < 50; i++) {
      cost.measured(1, 2_000);
    }
    assertThat(cost.nanosFor(1)).isBetween(1_990L, 2_000L);
  }

  @Test
  void runThatWasStopped_onlyRaisesTheCost() {
    cost.measured(1, 1_000);
    cost.measuredAtLeast(1, 10);
    assertThat(cost.nanosFor(1)).isEqualTo(1_000);

    cost.measuredAtLeast(1, 6_000);
    assertThat(cost.nanosFor(1)).isEqualTo(2_000);
  }

  @Test
  void typicalCost_isMovedLittleByOneRun() {
    cost.measured(1, 1_000);
    cost.measured(1, 1_000_000);
    assertThat(cost.typicalNanosFor(1)).isEqualTo(1_100);

    for (int i = 0; i < 100; i++) {
      cost.measured(1, 2_000);
    }
    assertThat(cost.typicalNanosFor(1)).isEqualTo(2_000);
  }
}
