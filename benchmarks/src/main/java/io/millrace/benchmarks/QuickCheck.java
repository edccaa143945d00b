package io.millrace.benchmarks;

import ai.onnxruntime.OrtException;
import io.millrace.server.bench.Limit;
import io.millrace.server.bench.LoadResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Sends some requests to each server and counts right answers: shows that the benchmark works, on
 * any machine, and says nothing about speed.
 */
record QuickCheck(Path repository, String cores, Servers servers) {
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final int REQUESTS = 200;

  /** Those of the large model, which keeps a core busy. */
  private static final int LARGE_REQUESTS = 24;

  /** Returns whether all answers came and were right. */
  boolean run(List<Workload> workloads) throws IOException, InterruptedException, OrtException {
    boolean good = true;
    for (Workload workload : workloads) {
      try (Lineup lineup = Lineup.start(workload, repository, cores, servers)) {
        for (Contender contender : Contender.values()) {
          good &=
              contender == Contender.RAW
                  ? ran(workload, lineup)
                  : check(workload, lineup, contender);
        }
      }
    }
    return good;
  }

  private static boolean ran(Workload workload, Lineup lineup)
      throws IOException, InterruptedException {
    Sample sample = lineup.measure(Contender.RAW, 1, Duration.ofMillis(100));
    boolean good = sample.perSecond() > 0;
    System.out.printf("%s: %s: %s%n", workload, Contender.RAW, good ? "runs" : "DOES NOT RUN");
    return good;
  }

  private static boolean check(Workload workload, Lineup lineup, Contender contender)
      throws InterruptedException {
    int requests = workload == Workload.CNN ? LARGE_REQUESTS : REQUESTS;
    int concurrency = workload.concurrency().get(workload.concurrency().size() - 1);
    LoadResult result = lineup.check(contender, concurrency, new Limit(LONGEST, requests));
    System.out.printf(
        "%s: %s: %d of %d right, failures %s%n",
        workload, contender, result.answered(), requests, result.failures());
    return result.answered() == requests && result.failed() == 0;
  }
}
