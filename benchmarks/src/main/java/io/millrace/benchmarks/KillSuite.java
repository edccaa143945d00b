package io.millrace.benchmarks;

import io.millrace.v1.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Kills the server while a version arrives, and whatever brings it, at many points of its way: the
 * next start must serve the last version that is there as a whole, and nothing of the half one may
 * stay when the next has come.
 *
 * @param points how many for each way to bring a version
 */
record KillSuite(StressServer.Setting setting, int points) {
  private static final int SECONDS_TO_SERVE = 60;
  private static final long POLL_MILLIS = 50;

  /** What was copied in half looks like a version without a manifest. */
  private static final List<String> ARGUMENTS =
      List.of("--scan-interval", "200ms", "--strict-manifest");

  void run(Findings findings) throws IOException, InterruptedException {
    findings.heading("Kills: at %d points of a push, and of a copy".formatted(points));
    StampedModel model = StampedModel.read(setting.models());
    Path sources = Files.createTempDirectory("stress-sources");
    Path pushed = Files.createDirectory(sources.resolve("push"));
    Path copied = Files.createDirectory(sources.resolve("copy"));
    try {
      run("push", new KilledPush(setting.launcher(), model, pushed), findings);
      run("copy", new KilledCopy(setting.launcher(), model, copied), findings);
    } finally {
      StressServer.delete(sources);
    }
  }

  private void run(String way, KilledDrop drop, Findings findings)
      throws IOException, InterruptedException {
    Path repository = Files.createTempDirectory("stress");
    Files.createDirectory(repository.resolve(StampedModel.NAME));
    Tally tally = new Tally();
    long there = 1;
    drop.complete(repository, there);
    StressServer server = StressServer.startIn(setting, repository, ARGUMENTS, "");
    try {
      for (int i = 0; i < points; i++) {
        long next = there + 1;
        drop.begin(repository, next, (double) i / (points - 1));
        drop.kill();
        tally.orphans += server.kill().size();
        boolean arrived = drop.isThere(repository, next);
        tally.whole += arrived ? 1 : 0;
        server = StressServer.startIn(setting, repository, ARGUMENTS, "");
        tally.right += serves(server, arrived ? next : there) ? 1 : 0;
        tally.found += debris(repository).size();
        there = next + 1;
        drop.complete(repository, there);
        tally.right += serves(server, there) ? 1 : 0;
        tally.debris.addAll(debris(repository));
        keepOnly(repository, there);
      }
    } finally {
      server.close();
    }
    tally.tell(way, points, findings);
  }

  /** What happened at all points of one way. */
  private static final class Tally {
    private long whole;
    private long right;
    private long orphans;
    private long found;
    private final List<String> debris = new ArrayList<>();

    void tell(String way, int points, Findings findings) {
      findings.note(
          "%s: %d cut short, %d whole; %d files that are none of a version's before the next",
          way, points - whole, whole, found);
      findings.expect(
          way + ": the last whole version served, at the start and after the next",
          2L * points,
          right);
      findings.expect(way + ": processes of killed servers", 0, orphans);
      findings.expect(way + ": files left over", debris.isEmpty(), debris.toString());
    }
  }

  private static boolean serves(StressServer server, long version) throws InterruptedException {
    try (StampedClient client = new StampedClient(server)) {
      for (long left = SECONDS_TO_SERVE * 1_000L; left > 0; left -= POLL_MILLIS) {
        boolean isUp =
            client
                .status(version)
                .filter(status -> status.getState() == State.AVAILABLE)
                .isPresent();
        if (isUp) {
          return client.version() == version;
        }
        Thread.sleep(POLL_MILLIS);
      }
      return false;
    }
  }

  /** Whatever is neither a version with its two files nor the model's folder. */
  private static List<String> debris(Path repository) throws IOException {
    try (Stream<Path> files = Files.walk(repository)) {
      return files
          .map(file -> repository.relativize(file).toString())
          .filter(name -> !name.matches("(stamped(/\\d+(/model.onnx|/manifest.json)?)?)?"))
          .toList();
    }
  }

  private static void keepOnly(Path repository, long version) throws IOException {
    try (Stream<Path> versions = Files.list(repository.resolve(StampedModel.NAME))) {
      for (Path folder : versions.toList()) {
        if (!folder.endsWith(Long.toString(version))) {
          StressServer.delete(folder);
        }
      }
    }
  }
}
