package io.millrace.server.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How calls are started and counted, with a server that is a few lines here. */
final class LoadRunTest {
  private static final byte[] ANSWER = {42};
  private static final Duration LONG = Duration.ofMinutes(1);

  /** A server that lives in the calling thread. */
  private interface Instant extends Caller {
    @Override
    default void close() {}
  }

  @Test
  void closedLoop_endsAfterTheNumberOfCalls_andDoesNotGrowTheStack() throws Exception {
    Instant server = (request, deadline, end) -> end.answered(ANSWER);

    LoadResult result = run(server, new ClosedLoop(3), 50_000, null);

    assertThat(result.answered()).isEqualTo(50_000);
    assertThat(result.answeredInTime()).isEqualTo(50_000);
    assertThat(result.failed()).isZero();
    assertThat(result.elapsedNanos()).isLessThan(LONG.toNanos());
  }

  @Test
  void closedLoop_neverHasMoreCallsUnderWayThanCallers() throws Exception {
    AtomicInteger underWay = new AtomicInteger();
    List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
    ExecutorService threads = Executors.newFixedThreadPool(4);
    Instant server =
        (request, deadline, end) -> {
          seen.add(underWay.incrementAndGet());
          threads.execute(
              () -> {
                underWay.decrementAndGet();
                end.answered(ANSWER);
              });
        };
    try {
      LoadResult result = run(server, new ClosedLoop(5), 2_000, null);

      assertThat(result.answered()).isEqualTo(2_000);
      assertThat(seen).allMatch(calls -> calls <= 5);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void openLoop_sendsOnWhileTheServerStandsStill() throws Exception {
    CountDownLatch allSent = new CountDownLatch(100);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    Instant server =
        (request, deadline, end) -> {
          allSent.countDown();
          thread.execute(() -> answerAfter(allSent, end));
        };
    try {
      LoadResult result = run(server, new OpenLoop(10_000, Arrivals.CONSTANT, 1_000), 100, null);

      // Had the client waited for answers, the hundredth call would never have been sent.
      assertThat(result.answered()).isEqualTo(100);
      assertThat(result.lags().getTotalCount()).isEqualTo(100);
    } finally {
      thread.shutdownNow();
    }
  }

  @Test
  void openLoop_beyondItsBound_failsCallsInsteadOfDelayingThoseBehind() throws Exception {
    List<Caller.End> waiting = Collections.synchronizedList(new ArrayList<>());
    Instant server = (request, deadline, end) -> waiting.add(end);
    LoadRun run = new LoadRun(setting(server, null), new Limit(LONG, 50));
    Thread answers =
        new Thread(
            () -> {
              while (run.measurement().failed() < 48) {
                Thread.onSpinWait();
              }
              List.copyOf(waiting).forEach(end -> end.answered(ANSWER));
            });
    answers.start();

    LoadResult result =
        run.run(new OpenLoop(100_000, Arrivals.CONSTANT, 2), new SplittableRandom(1));
    answers.join();

    assertThat(result.answered()).isEqualTo(2);
    assertThat(result.failures()).containsExactly(entry("NOT_SENT_TOO_MANY_IN_FLIGHT", 48L));
  }

  @Test
  void wrongAnswers_areFailures() throws Exception {
    Instant server = (request, deadline, end) -> end.answered(request);

    LoadResult result = run(server, new ClosedLoop(1), 10, answer -> answer[0] == 0);

    assertThat(result.answered()).isEqualTo(5);
    assertThat(result.failures()).containsExactly(entry("WRONG_ANSWER", 5L));
  }

  @Test
  void answersAfterTheDeadline_areFailures() throws Exception {
    Instant server =
        (request, deadline, end) -> {
          long began = System.nanoTime();
          while (System.nanoTime() - began < 2) {
            Thread.onSpinWait();
          }
          end.answered(ANSWER);
        };
    LoadRun.Setting hasty =
        new LoadRun.Setting(server, List.of(new byte[] {0}), 1, Duration.ofNanos(1), null);

    LoadResult result =
        new LoadRun(hasty, new Limit(LONG, 10)).run(new ClosedLoop(1), new SplittableRandom(1));

    assertThat(result.failures()).containsExactly(entry("ANSWERED_AFTER_DEADLINE", 10L));
    assertThat(result.latencies().getTotalCount()).isZero();
  }

  private static LoadResult run(
      Caller server, Load load, long requests, @Nullable Predicate<byte[]> check)
      throws InterruptedException {
    return new LoadRun(setting(server, check), new Limit(LONG, requests))
        .run(load, new SplittableRandom(1));
  }

  private static LoadRun.Setting setting(Caller server, @Nullable Predicate<byte[]> check) {
    return new LoadRun.Setting(server, List.of(new byte[] {0}, new byte[] {1}), 1, LONG, check);
  }

  private static void answerAfter(CountDownLatch latch, Caller.End end) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    end.answered(ANSWER);
  }
}
