package io.millrace.benchmarks;

import ai.onnxruntime.OrtException;
import io.millrace.server.bench.LoadResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Everything that callers and operators do to a server, at the same time. Confined to one thread.
 */
final class SoakTraffic implements AutoCloseable {
  private static final int CANCELS_PER_SECOND = 20;

  private final StressServer server;
  private final Duration time;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<SteadyTraffic, Future<LoadResult>> good = new LinkedHashMap<>();
  private final BadTraffic bad;
  private final Future<Map<String, Long>> surprises;
  private final Future<Map<String, Long>> cancels;
  private final Future<Long> swaps;

  private SoakTraffic(StressServer server, Path models, Duration time, HotSwap swap)
      throws OrtException {
    this.server = server;
    this.time = time;
    this.bad = new BadTraffic(server);
    Map<Workload, List<Question>> questions = Cancels.questions(models);
    for (SteadyTraffic each : SteadyTraffic.mix(HotSwap.MODEL)) {
      good.put(each, start(() -> each.run(server, models, time)));
    }
    surprises = start(() -> bad.run(time));
    cancels = start(() -> cancel(questions));
    swaps = start(() -> swap.run(time, pause(time)));
  }

  /** Begins, for so long. */
  static SoakTraffic start(StressServer server, Path models, Duration time)
      throws IOException, InterruptedException, OrtException {
    HotSwap swap = new HotSwap(server, models.resolve(Workload.LINEAR.model()).resolve("1"));
    swap.next();
    return new SoakTraffic(server, models, time, swap);
  }

  private <T> Future<T> start(Callable<T> task) {
    return threads.submit(task);
  }

  private Map<String, Long> cancel(Map<Workload, List<Question>> questions)
      throws InterruptedException {
    int count = Math.toIntExact(time.toSeconds() * CANCELS_PER_SECOND);
    return Cancels.of(questions, new Cancels.Pace(count, CANCELS_PER_SECOND), server.grpc());
  }

  private static Duration pause(Duration time) {
    return time.dividedBy(20).plusSeconds(1);
  }

  /** Waits until all has ended and tells what came of it. */
  void report(Findings findings) throws IOException, InterruptedException {
    for (Map.Entry<SteadyTraffic, Future<LoadResult>> each : good.entrySet()) {
      LoadResult result = result(each.getValue());
      findings.expect(
          "all right, of " + each.getKey(),
          result.failed() == 0 && result.answered() > 0,
          "%,d answers, p99 %.0f ms, longest %.0f ms, failures %s"
              .formatted(
                  result.answered(), result.millisAt(99), result.maxMillis(), result.failures()));
    }
    Map<String, Long> unexpected = result(surprises);
    findings.expect(
        "wrong requests refused for their reason",
        unexpected.isEmpty() && bad.sent() > 0,
        "%,d, but for %s".formatted(bad.sent(), unexpected));
    findings.note("cancelled at random moments: %s", result(cancels));
    long swapped = result(swaps);
    findings.expect("versions that were replaced meanwhile", swapped > 0, "" + swapped);
  }

  private static <T> T result(Future<T> task) throws IOException, InterruptedException {
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw new IOException("a part of the traffic broke off: " + e.getCause(), e);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
