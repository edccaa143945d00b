package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.server.model.Reason;
import io.millrace.server.model.ServingException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MemoryBudgetTest {
  private static final long MIB = 1 << 20;

  private final MemoryBudget budget = new MemoryBudget(100 * MIB);

  @ParameterizedTest(name = "{0} MiB with a heap of {1} MiB")
  @CsvSource({"10000, 1000, 7000", "1500, 1000, 375", "1000, 1000, 250"})
  void standard_isWhatTheHeapLeavesButNeverNothing(long memory, long heap, long expected) {
    assertThat(MemoryBudget.standard(memory * MIB, heap * MIB) / MIB).isEqualTo(expected);
  }

  @Test
  void standardOfThisMachine_isPositive() {
    assertThat(MemoryBudget.standard()).isPositive();
  }

  @Test
  void whatFitsExactly_isGiven() {
    budget.reserve(Wishes.id(1), 60 * MIB);
    budget.reserve(Wishes.id(2), 40 * MIB);
    assertThat(budget.used()).isEqualTo(budget.limit());
  }

  @Test
  void oneByteTooMuch_isRefusedWithAllFigures() {
    budget.reserve(Wishes.id(1), 60 * MIB);
    ServingException refusal =
        assertThrows(ServingException.class, () -> budget.reserve(Wishes.id(2), 40 * MIB + 1));
    assertThat(refusal.reason()).isEqualTo(Reason.MEMORY_BUDGET_EXCEEDED);
    assertThat(refusal)
        .hasMessageContainingAll(
            "iris/2", "41 MiB", "100 MiB", "40 MiB are left", "--model-memory-budget");
    assertThat(budget.used()).isEqualTo(60 * MIB);
  }

  @Test
  void whatIsGivenBackTwice_countsOnce() {
    budget.reserve(Wishes.id(1), 60 * MIB);
    Runnable release = budget.reserve(Wishes.id(1), 30 * MIB);
    release.run();
    release.run();
    assertThat(budget.used()).isEqualTo(60 * MIB);
  }
}
