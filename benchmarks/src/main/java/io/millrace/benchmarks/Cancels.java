package io.millrace.benchmarks;

import ai.onnxruntime.OrtException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;

/** Makes many calls, each of which is cancelled at a random moment. Confined to one thread. */
final class Cancels {
  /** A server closes a connection that resets more than 5,000 streams in ten seconds. */
  private static final int CONNECTIONS = 16;

  private static final int MOST_OPEN = 2_000;
  private static final int PATIENCE_SECONDS = 90;

  /** Of a hundred calls so many are of the large input; of the others every third is slow. */
  private static final int LARGE_OF_HUNDRED = 3;

  private final Map<Workload, List<Question>> questions;
  private final RandomGenerator random;
  private final Semaphore mayOpen = new Semaphore(MOST_OPEN);
  private final Map<String, LongAdder> outcomes = new ConcurrentHashMap<>();

  private Cancels(Map<Workload, List<Question>> questions, Pace pace) {
    this.questions = questions;
    this.random = new SplittableRandom(pace.count());
  }

  /** How many calls to make, and how fast. */
  record Pace(int count, int perSecond) {}

  /** What is asked: quick, slow and large. */
  static Map<Workload, List<Question>> questions(Path models) throws OrtException {
    Map<Workload, List<Question>> questions = new EnumMap<>(Workload.class);
    for (Workload workload : List.of(Workload.LINEAR, Workload.SLOW, Workload.IDENTITY_600K)) {
      questions.put(workload, Question.of(models, workload));
    }
    return questions;
  }

  /** Makes so many calls, waits for their ends, and counts those. */
  static Map<String, Long> of(Map<Workload, List<Question>> questions, Pace pace, String address)
      throws InterruptedException {
    Cancels cancels = new Cancels(questions, pace);
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    try (PredictCalls calls = new PredictCalls(address, CONNECTIONS)) {
      cancels.makeAll(calls, clock, pace);
    } finally {
      clock.shutdownNow();
    }
    Map<String, Long> counts = new TreeMap<>();
    cancels.outcomes.forEach((outcome, number) -> counts.put(outcome, number.sum()));
    return counts;
  }

  private void makeAll(PredictCalls calls, ScheduledExecutorService clock, Pace pace)
      throws InterruptedException {
    long began = System.nanoTime();
    for (int i = 0; i < pace.count(); i++) {
      long due = began + i * (TimeUnit.SECONDS.toNanos(1) / pace.perSecond());
      TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
      mayOpen.acquire();
      make(calls, clock);
    }
    boolean unused = mayOpen.tryAcquire(MOST_OPEN, PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private void make(PredictCalls calls, ScheduledExecutorService clock) {
    Workload workload = anyWorkload();
    List<Question> known = questions.getOrDefault(workload, List.of());
    Question question = known.get(random.nextInt(known.size()));
    new CancelledCall(question, CancelMoment.any(random), this::ended)
        .begin(calls, clock, random.nextLong(longestMicros(workload)));
  }

  private void ended(String outcome) {
    outcomes.computeIfAbsent(outcome, unused -> new LongAdder()).increment();
    mayOpen.release();
  }

  private Workload anyWorkload() {
    if (random.nextInt(100) < LARGE_OF_HUNDRED) {
      return Workload.IDENTITY_600K;
    }
    return random.nextInt(3) == 0 ? Workload.SLOW : Workload.LINEAR;
  }

  /** About twice of what a call takes, so that cancels come at each part of it. */
  private static long longestMicros(Workload workload) {
    return switch (workload) {
      case SLOW -> 300_000;
      case IDENTITY_600K -> 30_000;
      default -> 5_000;
    };
  }
}
