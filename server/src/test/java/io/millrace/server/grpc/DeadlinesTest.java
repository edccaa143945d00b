package io.millrace.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Context;
import io.grpc.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
  private final Deadlines deadlines =
      new Deadlines(Duration.ofSeconds(30), Duration.ofSeconds(300), () -> 1_000);
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void stopTimer() {
    timer.shutdownNow();
  }

  private long within(long seconds) {
    // A ticker that stands still makes the remaining time exact.
    Deadline deadline =
        Deadline.after(
            seconds,
            TimeUnit.SECONDS,
            new Deadline.Ticker() {
              @Override
              public long nanoTime() {
                return 0;
              }
            });
    long[] found = new long[1];
    Context.CancellableContext context = Context.current().withDeadline(deadline, timer);
    context.run(() -> found[0] = deadlines.ofCurrentCall());
    context.cancel(null);
    return found[0];
  }

  private Optional<Duration> ownLimitWithin(long seconds) {
    List<Optional<Duration>> found = new ArrayList<>();
    Context.CancellableContext context =
        Context.current().withDeadlineAfter(seconds, TimeUnit.SECONDS, timer);
    context.run(() -> found.add(deadlines.ownLimit()));
    context.cancel(null);
    return found.get(0);
  }

  @Test
  void aCallThatNamesNoDeadlineOrOneTooFar_isOursToEnd() {
    assertThat(deadlines.ownLimit()).contains(Duration.ofSeconds(30));
    assertThat(ownLimitWithin(86_400)).contains(Duration.ofMinutes(5));
    assertThat(ownLimitWithin(5)).isEmpty();
  }

  @Test
  void noDeadline_getsTheDefault() {
    assertThat(deadlines.ofCurrentCall()).isEqualTo(1_000 + 30_000_000_000L);
  }

  @Test
  void aDeadline_isKeptUpToTheCap() {
    assertThat(within(5)).isEqualTo(1_000 + 5_000_000_000L);
    assertThat(within(86_400)).isEqualTo(1_000 + 300_000_000_000L);
  }
}
