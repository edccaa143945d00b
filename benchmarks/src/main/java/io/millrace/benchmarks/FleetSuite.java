package io.millrace.benchmarks;

import ai.onnxruntime.OrtException;
import io.millrace.v1.ModelSpec;
import io.millrace.v1.PredictRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Serves very many tiny models, one of them broken: they must come up soon, take few threads, and
 * cost next to nothing while nobody calls them.
 *
 * @param models how many are good
 * @param calls how many, each of any of them
 */
record FleetSuite(StressServer.Setting setting, int models, int calls) {
  private static final Duration TIME_TO_START = Duration.ofSeconds(30);

  /** What the calls have made worth compiling is compiled after them, too. */
  private static final Duration TIME_TO_SETTLE = Duration.ofSeconds(15);

  private static final Duration IDLE = Duration.ofSeconds(20);
  private static final double IDLE_SHARE = 0.05;
  private static final int THREADS_PER_CORE = 4;
  private static final int MORE_THREADS = 40;
  private static final int CONNECTIONS = 2;
  private static final int AT_ONCE = 16;

  void run(Findings findings) throws IOException, InterruptedException, OrtException {
    findings.heading("Fleet: %,d tiny models and a broken one".formatted(models));
    long began = System.nanoTime();
    List<String> arguments = List.of(StressServer.NO_REST);
    try (StressServer server = StressServer.start(setting, this::fill, arguments, "")) {
      double seconds = (System.nanoTime() - began) / 1e9;
      Scrape scrape = server.scrape();
      findings.expect(
          "models that serve", models, scrape.sum("millrace_model_state", "state=\"ready\""));
      findings.expect(
          "models that failed", 1, scrape.sum("millrace_model_state", "state=\"failed\""));
      findings.goal(
          "they are up within 30 s, with what is before the first",
          seconds <= TIME_TO_START.toSeconds(),
          "%.1f s".formatted(seconds));
      expectFewThreads("at rest", server, findings);
      call(server, findings);
      expectFewThreads("after calls of all", server, findings);
      rest(server, findings);
    }
  }

  private void fill(Path repository) throws IOException {
    Path version = setting.models().resolve(Workload.LINEAR.model()).resolve("1");
    for (int i = 0; i < models; i++) {
      StressServer.copyVersion(version, repository.resolve(name(i)), 1);
    }
    Path broken = Files.createDirectories(repository.resolve("broken").resolve("1"));
    Files.writeString(broken.resolve("model.onnx"), "no model");
  }

  private static String name(int model) {
    return "m%04d".formatted(model);
  }

  private void expectFewThreads(String when, StressServer server, Findings findings)
      throws IOException {
    long threads = server.scrape().sum("jvm_thread_count");
    long most = (long) THREADS_PER_CORE * Runtime.getRuntime().availableProcessors() + MORE_THREADS;
    findings.expect("threads %s, at most %d".formatted(when, most), threads <= most, "" + threads);
  }

  private void call(StressServer server, Findings findings)
      throws IOException, InterruptedException, OrtException {
    List<Question> questions = Question.of(setting.models(), Workload.LINEAR);
    SplittableRandom random = new SplittableRandom(3);
    long right = 0;
    try (PredictCalls client = new PredictCalls(server.grpc(), CONNECTIONS)) {
      for (int sent = 0; sent < calls; sent += AT_ONCE) {
        List<Question> some = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
          some.add(
              ofModel(questions.get(random.nextInt(questions.size())), random.nextInt(models)));
        }
        right += RightAnswers.count(client, some);
      }
    }
    findings.expect("right answers of models at random", calls, right);
  }

  private static Question ofModel(Question question, int model) throws IOException {
    PredictRequest.Builder request = PredictRequest.parseFrom(question.request()).toBuilder();
    request.setModelSpec(ModelSpec.newBuilder().setName(name(model)));
    return new Question(request.build().toByteArray(), question.isRight());
  }

  /** What the scans of the repository cost, as nothing else is going on. */
  private static void rest(StressServer server, Findings findings)
      throws IOException, InterruptedException {
    Thread.sleep(TIME_TO_SETTLE.toMillis());
    long before = ProcessCpu.nanos(server.pid());
    long began = System.nanoTime();
    Thread.sleep(IDLE.toMillis());
    double share = (ProcessCpu.nanos(server.pid()) - before) / (double) (System.nanoTime() - began);
    findings.goal(
        "a server that nobody calls takes 5% of a core or less",
        share <= IDLE_SHARE, "%.1f%%".formatted(100 * share));
  }
}
