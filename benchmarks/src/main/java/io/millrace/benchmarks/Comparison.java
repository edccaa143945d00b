package io.millrace.benchmarks;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Measures all contenders in turn, round after round, so that what the machine does meanwhile meets
 * all of them.
 */
record Comparison(Path repository, String cores, Servers servers, Plan plan) {
  /**
   * How long it takes.
   *
   * @param warmUp before the first round, for each contender and load
   */
  record Plan(int rounds, Duration time, Duration warmUp) {
    /** For people. */
    @Override
    public String toString() {
      return "%d rounds of %d s for each server and number of callers, after %d s of warm-up"
          .formatted(rounds, time.toSeconds(), warmUp.toSeconds());
    }
  }

  Table of(Workload workload) throws IOException, InterruptedException, OrtException {
    Table table = new Table(workload);
    try (Lineup lineup = Lineup.start(workload, repository, cores, servers)) {
      for (int concurrency : workload.concurrency()) {
        say(workload, concurrency, "warm-up");
        for (Contender contender : Contender.values()) {
          Sample unused = lineup.measure(contender, concurrency, plan.warmUp());
        }
      }
      for (int round = 0; round < plan.rounds(); round++) {
        for (int concurrency : workload.concurrency()) {
          say(workload, concurrency, "round %d of %d".formatted(round + 1, plan.rounds()));
          for (Contender contender : order(round)) {
            table.add(concurrency, contender, lineup.measure(contender, concurrency, plan.time()));
          }
        }
      }
    }
    return table;
  }

  /** Each round begins with another, so that none always comes after the same one. */
  private static List<Contender> order(int round) {
    List<Contender> order = new ArrayList<>(List.of(Contender.values()));
    Collections.rotate(order, -round);
    return order;
  }

  private static void say(Workload workload, int concurrency, String what) {
    System.err.printf("benchmarks: %s, callers: %d, %s%n", workload, concurrency, what);
  }
}
