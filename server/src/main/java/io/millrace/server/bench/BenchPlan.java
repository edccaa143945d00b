package io.millrace.server.bench;

import java.time.Duration;
import java.util.List;

/**
 * What to do with a server, in turn.
 *
 * @param warmUp how long each load is put on first, without counting
 * @param limit of each load
 * @param seed of all that is random
 */
public record BenchPlan(List<Load> loads, Duration warmUp, Limit limit, long seed) {
  public BenchPlan {
    loads = List.copyOf(loads);
  }
}
