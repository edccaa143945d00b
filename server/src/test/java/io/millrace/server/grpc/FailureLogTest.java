package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailureLogTest {
  private final List<String> lines = new ArrayList<>();
  private final List<Throwable> causes = new ArrayList<>();
  private long now = 100;
  private final FailureLog log =
      new FailureLog(
          (line, cause) -> {
            lines.add(line);
            causes.add(cause);
          },
          () -> now);

  @Test
  void aFailure_isLoggedOnceWithItsIdAndStack() {
    Exception failure = new IllegalStateException();

    log.record("a.Service/Method", "id1", failure);

    assertThat(lines).containsExactly("a call of a.Service/Method failed, errorId id1");
    assertThat(causes).containsExactly(failure);
  }

  @Test
  void failuresBeyondTheWindowsShare_areCountedAndToldLater() {
    for (int i = 0; i < LogBudget.PER_WINDOW + 7; i++) {
      log.record("m", "id" + i, new IllegalStateException());
    }
    assertThat(lines).hasSize(LogBudget.PER_WINDOW);

    now += LogBudget.WINDOW.toNanos();
    log.record("m", "late", new IllegalStateException());
    log.record("m", "later", new IllegalStateException());

    assertThat(lines.subList(LogBudget.PER_WINDOW, lines.size()))
        .containsExactly(
            "a call of m failed, errorId late; 7 more were not logged before it",
            "a call of m failed, errorId later");
  }
}
