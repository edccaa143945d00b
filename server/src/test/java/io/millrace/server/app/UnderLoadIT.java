package io.millrace.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.millrace.v1.State;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Swaps and a stop lose no call, whichever door it came by, with all doors in use at a time. */
final class UnderLoadIT {
  private static final int SWAPS = 50;
  private static final int FIXTURES = 3;

  @TempDir private Path temp;
  private Path repository;
  private ExecutorService callers;

  @BeforeEach
  void prepare() {
    repository = temp.resolve("repository");
    callers = Executors.newCachedThreadPool();
    drop(1);
  }

  @AfterEach
  void endCallers() {
    callers.shutdownNow();
  }

  private void drop(long version) {
    String fixture = "constant-version-%d.onnx".formatted(fixtureOf(version));
    Repositories.drop(repository, "tiny", version, fixture);
  }

  private static long fixtureOf(long version) {
    return (version - 1) % FIXTURES + 1;
  }

  private static Map<String, LongSupplier> doors(RunningServer server) {
    return Doors.all(server.restUrl(), server.channelThroughEnvoy(), server.channel());
  }

  /** The versions that may answer a call now. */
  private static final class Live {
    private final AtomicLong oldest = new AtomicLong(1);
    private final AtomicLong newest = new AtomicLong(1);
    private final AtomicBoolean goOn = new AtomicBoolean(true);

    /** Calls until it is enough; each answer comes from a version that served meanwhile. */
    long callAll(String door, LongSupplier call) {
      long count = 0;
      while (goOn.get()) {
        long least = oldest.get();
        long answered = call.getAsLong();
        long most = newest.get();
        assertThat(LongStream.rangeClosed(least, most).map(v -> answerOf(door, v)))
            .as(door)
            .contains(answered);
        count++;
      }
      return count;
    }

    /** The JSON of TensorFlow Serving names no version; the model itself tells its fixture. */
    private static long answerOf(String door, long version) {
      return door.equals(":predict") ? fixtureOf(version) : version;
    }
  }

  @Test
  void swaps_loseNoCall_andOnlyLiveVersionsAnswer() throws Exception {
    try (RunningServer server =
        RunningServer.startWithEnvoy(repository, "--scan-interval", "100ms")) {
      Live live = new Live();
      List<Future<Long>> calls = new ArrayList<>();
      doors(server)
          .forEach((name, call) -> calls.add(callers.submit(() -> live.callAll(name, call))));
      ManagedChannel channel = server.channel();
      for (long version = 2; version <= SWAPS + 1; version++) {
        long old = version - 1;
        live.newest.set(version);
        drop(version);
        Calls.awaitState(channel, "tiny", version, State.AVAILABLE);
        Repositories.delete(repository.resolve("tiny/" + old));
        Calls.await("the old one to go", () -> isGone(channel, old));
        live.oldest.set(version);
      }
      live.goOn.set(false);

      for (Future<Long> call : calls) {
        assertThat(call.get(30, TimeUnit.SECONDS)).isGreaterThan(SWAPS);
      }
    }
  }

  private static boolean isGone(ManagedChannel channel, long version) {
    State state = Calls.state(channel, "tiny", version);
    return state == State.UNKNOWN || state == State.END;
  }

  /** What one caller saw: calls that were answered, and how the first other one ended. */
  private record Seen(String door, long answered, String end) {}

  private static Seen callUntilRefused(String door, LongSupplier call, CountDownLatch underWay) {
    long answered = 0;
    while (true) {
      try {
        assertThat(call.getAsLong()).isEqualTo(1);
        answered++;
        underWay.countDown();
      } catch (RuntimeException | AssertionError e) {
        return new Seen(door, answered, Doors.refusal(e).orElse(e.toString()));
      }
    }
  }

  @Test
  void sigterm_answersWhatItTakes_andExecutesNothingThatItRefuses() throws Exception {
    try (RunningServer server = RunningServer.startWithEnvoy(repository, "--access-log", "text")) {
      CountDownLatch underWay = new CountDownLatch(300);
      List<Future<Seen>> calls = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        doors(server)
            .forEach(
                (name, call) ->
                    calls.add(callers.submit(() -> callUntilRefused(name, call, underWay))));
      }
      underWay.await();
      server.terminate();

      assertThat(server.awaitExit()).isZero();
      List<Seen> seen = new ArrayList<>();
      for (Future<Seen> call : calls) {
        seen.add(call.get(30, TimeUnit.SECONDS));
      }
      assertThat(seen)
          .extracting(Seen::end)
          .isSubsetOf("no listener", "UNAVAILABLE", "connection closed");
      long answered = seen.stream().mapToLong(Seen::answered).sum();
      assertThat(server.log().lines().filter(line -> line.contains("code=OK")))
          .hasSize((int) answered);
      assertThat(server.log()).doesNotContain("ERROR", "warning");
    }
  }
}
