package io.millrace.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.onnxruntime.OrtException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The first limit: ONNX Runtime in process, without any server. It runs for as many milliseconds as
 * each line of its standard input says and answers with a line; it ends with its input.
 */
final class RawWorker {
  private static final int DIGITS = 3;

  /** Of short runs only some are timed: the clock would take a good part of the time. */
  private static final int SAMPLED_RUNS = 16;

  private static final long SHORT = TimeUnit.MICROSECONDS.toNanos(100);

  private RawWorker() {}

  /** The folder of models and the workload. */
  public static void main(String[] arguments) throws IOException, OrtException {
    Workload workload = Workload.valueOf(arguments[1]);
    BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    try (RawModel model = RawModel.open(Path.of(arguments[0]), workload)) {
      System.out.println(ServerProcess.READY + "0");
      for (String line = orders.readLine(); line != null; line = orders.readLine()) {
        System.out.println(run(model, TimeUnit.MILLISECONDS.toNanos(Long.parseLong(line))));
      }
    }
  }

  /** Runs, elapsed nanoseconds, and the times at 50 % and 99 %. */
  private static String run(RawModel model, long nanos) throws OrtException {
    Histogram times = new Histogram(DIGITS);
    long began = System.nanoTime();
    long end = began + nanos;
    long runs = 0;
    long stride = 1;
    long now = began;
    while (now - end < 0) {
      long before = System.nanoTime();
      model.run();
      now = System.nanoTime();
      times.recordValue(now - before);
      runs++;
      stride = now - before < SHORT ? SAMPLED_RUNS : 1;
      for (long i = 1; i < stride; i++) {
        model.run();
        runs++;
      }
    }
    long elapsed = System.nanoTime() - began;
    return "%d %d %d %d"
        .formatted(runs, elapsed, times.getValueAtPercentile(50), times.getValueAtPercentile(99));
  }
}
