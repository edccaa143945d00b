package io.millrace.benchmarks;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Cancels calls of quick, slow and large inputs at random moments. Afterwards the server must hold
 * nothing of them, answer as before, and be able to unload its models.
 */
record CancelSuite(StressServer.Setting setting, int count) {
  private static final String THREADS = "jvm_thread_count";
  private static final String FILES = "jvm_file_descriptor_count";
  private static final int SECONDS = 30;
  private static final int PER_SECOND = 5_000;

  /** How a call may end that its caller cancels, or a little later. */
  private static final Set<String> EXPECTED =
      Set.of(
          PredictCalls.ANSWERED,
          "CANCELLED",
          "UNAVAILABLE MODEL_QUEUE_FULL",
          "UNAVAILABLE SERVER_OVERLOADED");

  void run(Findings findings) throws IOException, InterruptedException, OrtException {
    findings.heading("Cancels: %,d calls, each cancelled at a random moment".formatted(count));
    Map<Workload, List<Question>> questions = Cancels.questions(setting.models());
    Set<String> models = new TreeSet<>();
    questions.keySet().forEach(workload -> models.add(workload.model()));
    List<String> arguments = List.of(StressServer.NO_REST);
    try (StressServer server = StressServer.start(setting, List.copyOf(models), arguments, "")) {
      Map<String, Long> unused =
          Cancels.of(questions, new Cancels.Pace(count / 10, PER_SECOND), server.grpc());
      Scrape before = level(server);
      report(Cancels.of(questions, new Cancels.Pace(count, PER_SECOND), server.grpc()), findings);
      findings.note(
          "as the server counts: %s",
          server.scrape().sumsBy("millrace_inference_failures_total", "reason"));
      Held.expectNothing(server, findings);
      expectAsBefore(server, before, findings);
      expectRightAnswers(server, questions, findings);
      expectToUnload(server, models, before, findings);
    }
  }

  private void report(Map<String, Long> outcomes, Findings findings) {
    findings.note("%s", outcomes);
    findings.expect("calls that ended", count, sum(outcomes));
    findings.expect("wrong answers", 0, outcomes.getOrDefault(CancelledCall.WRONG_ANSWER, 0L));
    Map<String, Long> unexpected = new TreeMap<>(outcomes);
    unexpected.keySet().removeAll(EXPECTED);
    unexpected.remove(CancelledCall.WRONG_ANSWER);
    findings.expect("ends for other reasons", unexpected.isEmpty(), unexpected.toString());
  }

  private static long sum(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Threads and files of connections that are just closing go before anything is compared. */
  private static Scrape level(StressServer server) throws IOException, InterruptedException {
    Scrape before = server.scrape();
    for (Scrape now = later(server); ; before = now, now = later(server)) {
      if (now.sum(THREADS) == before.sum(THREADS) && now.sum(FILES) == before.sum(FILES)) {
        return now;
      }
    }
  }

  private static Scrape later(StressServer server) throws IOException, InterruptedException {
    Thread.sleep(1_000);
    return server.scrape();
  }

  private static Scrape settled(StressServer server, long threads, long files)
      throws IOException, InterruptedException {
    return server.scrapeWhen(
        scrape -> scrape.sum(THREADS) <= threads && scrape.sum(FILES) <= files, SECONDS);
  }

  private static void expectAsBefore(StressServer server, Scrape before, Findings findings)
      throws IOException, InterruptedException {
    long threads = before.sum(THREADS);
    long files = before.sum(FILES);
    Scrape after = settled(server, threads, files);
    expectAtMost("threads", threads, after.sum(THREADS), findings);
    expectAtMost("open files", files, after.sum(FILES), findings);
  }

  private static void expectAtMost(String what, long most, long got, Findings findings) {
    findings.expect(what, got <= most, "%d, %d before".formatted(got, most));
  }

  private static void expectRightAnswers(
      StressServer server, Map<Workload, List<Question>> questions, Findings findings)
      throws InterruptedException {
    try (PredictCalls calls = new PredictCalls(server.grpc(), 1)) {
      for (Map.Entry<Workload, List<Question>> each : questions.entrySet()) {
        long right = RightAnswers.count(calls, each.getValue());
        findings.expect("right answers of " + each.getKey(), each.getValue().size(), right);
      }
    }
  }

  /** A version is unloaded only when the last loan of it has come back. */
  private static void expectToUnload(
      StressServer server, Set<String> models, Scrape before, Findings findings)
      throws IOException, InterruptedException {
    // An empty repository would look like a lost disk, for which nothing is unloaded.
    Files.writeString(server.repository().resolve("README"), "All models go.");
    for (String model : models) {
      StressServer.delete(server.repository().resolve(model));
    }
    Scrape after =
        server.scrapeWhen(
            scrape ->
                scrape.sum("millrace_model_state") == 0
                    && scrape.sum(THREADS) < before.sum(THREADS),
            SECONDS);
    findings.expect("versions that do not unload", 0, after.sum("millrace_model_state"));
    findings.expect(
        "threads once all is unloaded",
        after.sum(THREADS) < before.sum(THREADS),
        "%d, %d before".formatted(after.sum(THREADS), before.sum(THREADS)));
  }
}
