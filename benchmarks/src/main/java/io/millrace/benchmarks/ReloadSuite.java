package io.millrace.benchmarks;

import io.millrace.v1.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Drops versions that cannot be served, of each kind, beside one that serves: it must answer every
 * call, each of them must be told for what it is, and nothing of it may stay.
 *
 * @param times how many of each kind
 */
record ReloadSuite(StressServer.Setting setting, int times) {
  private static final double CALLS_PER_SECOND = 200;
  private static final int SECONDS_TO_FAIL = 60;
  private static final long POLL_MILLIS = 50;
  private static final String MEMORY = "millrace_model_memory_used_bytes";

  private static final List<BadVersion> HARMLESS =
      List.of(
          BadVersion.TRUNCATED,
          BadVersion.NOISE,
          BadVersion.OTHER_SIGNATURE,
          BadVersion.WRONG_ANSWER,
          BadVersion.SLOW_LOAD,
          BadVersion.TOO_LARGE);

  /** A run of the model takes seconds in one load alone, and is never to be tried again. */
  private static final List<String> BOUNDS =
      List.of(
          "--scan-interval",
          "200ms",
          "--load-timeout",
          "3s",
          "--load-retries",
          "0",
          "--model-memory-budget",
          "2GiB");

  void run(Findings findings) throws IOException, InterruptedException {
    findings.heading("Reloads: %d of each kind that fail, 20 callers".formatted(times));
    try (Scene scene = new Scene(setting, BOUNDS)) {
      for (BadVersion kind : HARMLESS) {
        scene.fail(kind, times, findings);
      }
      scene.notice(findings);
    }
    // What ends its process can be survived in another one alone, which needs time to start.
    try (Scene scene = new Scene(setting, List.of("--scan-interval", "200ms", "--canary", "all"))) {
      scene.fail(BadVersion.CRASH, times, findings);
    }
  }

  /** A server with version 1, its callers, and what is dropped beside it. */
  private static final class Scene implements AutoCloseable {
    private final StressServer server;
    private final StampedModel model;
    private final BadVersions bad;
    private final StampedClient client;
    private final PacedCallers callers;
    private final long memory;
    private long number = 1;

    Scene(StressServer.Setting setting, List<String> arguments)
        throws IOException, InterruptedException {
      model = StampedModel.read(setting.models());
      StressServer.Stock stock =
          repository -> {
            new BadVersions(setting.models(), model, repository).configure();
            model.drop(repository, 1);
          };
      server = StressServer.start(setting, stock, arguments, "");
      bad = new BadVersions(setting.models(), model, server.repository());
      client = new StampedClient(server);
      LiveVersions live = new LiveVersions();
      live.dropped(1);
      live.serves(1);
      callers = PacedCallers.of(server, live);
      memory = server.scrape().sum(MEMORY);
    }

    void fail(BadVersion kind, int times, Findings findings)
        throws IOException, InterruptedException {
      PacedCaller.Tally tally = callers.start(CALLS_PER_SECOND);
      long failed = 0;
      for (int i = 0; i < times; i++) {
        failed += isRefused(kind) ? 1 : 0;
      }
      callers.stop();
      findings.expect(
          "%s: versions that failed as %s".formatted(kind.description(), kind.reason()),
          times,
          failed);
      Map<String, Long> others = tally.failures();
      findings.expect(
          "%s: answers, each of the old version".formatted(kind.description()),
          others.isEmpty() && tally.right() > 0,
          "%,d, but for %s".formatted(tally.right(), others));
    }

    /** Drops one, and has it deleted when nothing of it is in memory any more. */
    private boolean isRefused(BadVersion kind) throws IOException, InterruptedException {
      bad.drop(kind, ++number);
      String reason = awaitEnd();
      Scrape scrape = server.scrapeWhen(now -> now.sum(MEMORY) == memory, SECONDS_TO_FAIL);
      Path folder = server.repository().resolve(StampedModel.NAME).resolve("" + number);
      StressServer.delete(folder);
      return reason.equals(kind.reason()) && scrape.sum(MEMORY) == memory;
    }

    /** The reason for which the newest version has failed; empty if it has not in time. */
    private String awaitEnd() throws InterruptedException {
      for (long left = SECONDS_TO_FAIL * 1_000L; left > 0; left -= POLL_MILLIS) {
        String reason =
            client
                .status(number)
                .filter(status -> status.getState() == State.END)
                .map(status -> status.getStatus().getReason())
                .orElse("");
        if (!reason.isEmpty()) {
          return reason;
        }
        Thread.sleep(POLL_MILLIS);
      }
      return "";
    }

    /** The same look at the answers must see a version that comes up though it must not. */
    void notice(Findings findings) throws IOException, InterruptedException {
      PacedCaller.Tally tally = callers.start(CALLS_PER_SECOND);
      model.drop(server.repository(), ++number);
      for (long left = SECONDS_TO_FAIL * 1_000L;
          left > 0 && tally.failures().isEmpty();
          left -= POLL_MILLIS) {
        Thread.sleep(POLL_MILLIS);
      }
      callers.stop();
      findings.expect(
          "planted version that serves is noticed",
          tally.failures().containsKey("wrong: " + (double) number),
          tally.failures().toString());
    }

    @Override
    public void close() {
      callers.close();
      client.close();
      server.close();
    }
  }
}
