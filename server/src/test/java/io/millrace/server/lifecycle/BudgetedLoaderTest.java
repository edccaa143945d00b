package io.millrace.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.server.model.Reason;
import io.millrace.server.model.Servable;
import io.millrace.server.model.ServingException;
import org.junit.jupiter.api.Test;

final class BudgetedLoaderTest {
  private final FakeLoader fake = new FakeLoader();
  private final MemoryBudget budget = new MemoryBudget(100);
  private final BudgetedLoader loader = new BudgetedLoader(fake, budget, artifact -> 60);

  @Test
  void loadedVersion_hasItsShareUntilItIsClosed() {
    Servable servable = loader.load(Wishes.artifact(1, "a"));
    assertThat(budget.used()).isEqualTo(60);
    loader.close(servable);
    assertThat(budget.used()).isZero();
    assertThat(fake.newest().closes()).isEqualTo(1);
  }

  @Test
  void versionThatFailsToClose_givesItsShareBack() {
    Servable servable = loader.load(Wishes.artifact(1, "a"));
    fake.newest()
        .onClose(
            () -> {
              throw new IllegalStateException("stuck");
            });
    assertThrows(IllegalStateException.class, () -> loader.close(servable));
    assertThat(budget.used()).isZero();
  }

  @Test
  void versionBeyondTheBudget_isNotLoaded() {
    loader.load(Wishes.artifact(1, "a"));
    ServingException refusal =
        assertThrows(ServingException.class, () -> loader.load(Wishes.artifact(2, "a")));
    assertThat(refusal.reason()).isEqualTo(Reason.MEMORY_BUDGET_EXCEEDED);
    assertThat(fake.loaded()).hasSize(1);
  }

  @Test
  void loadThatFails_givesItsShareBack() {
    fake.onLoad(
        1,
        id -> {
          throw new StackOverflowError();
        });
    assertThrows(StackOverflowError.class, () -> loader.load(Wishes.artifact(1, "a")));
    assertThat(budget.used()).isZero();
  }
}
